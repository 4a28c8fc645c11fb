using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Text;

/// <summary>HttpWebRequest, which logs in when it is asked to.</summary>
public static class WithHttpWebRequest
{
    private static readonly List<WebExceptionStatus> WithoutAnswer = new List<WebExceptionStatus>
    {
        WebExceptionStatus.ConnectionClosed, WebExceptionStatus.ReceiveFailure, WebExceptionStatus.KeepAliveFailure, WebExceptionStatus.SendFailure,
    };

    public static void Main()
    {
        new Walk(Send).Go();
    }

    private static Answer Send(string method, string url, IDictionary<string, string> headers, string type, string body)
    {
        var request = (HttpWebRequest)WebRequest.Create(url);
        request.Method = method;
        request.Credentials = new NetworkCredential(Walk.ClientId, Walk.Secret);
        foreach (var each in headers)
        {
            request.Headers[each.Key] = each.Value;
        }
        try
        {
            if (body != null)
            {
                Write(request, type, Encoding.UTF8.GetBytes(body));
            }
            else if (method == "POST")
            {
                request.ContentLength = 0;
            }
            return Read((HttpWebResponse)request.GetResponse());
        }
        catch (WebException error) when (error.Response != null)
        {
            return Read((HttpWebResponse)error.Response);
        }
        catch (WebException error) when (WithoutAnswer.Contains(error.Status))
        {
            throw new NoAnswer(error.Message);
        }
        catch (IOException error)
        {
            // Mono says so where the connection breaks while it still waits for its own write.
            throw new NoAnswer(error.Message);
        }
    }

    private static void Write(HttpWebRequest request, string type, byte[] content)
    {
        request.ContentType = type;
        request.ContentLength = content.Length;
        using (var stream = request.GetRequestStream())
        {
            stream.Write(content, 0, content.Length);
        }
    }

    private static Answer Read(HttpWebResponse answer)
    {
        using (answer)
        using (var reader = new StreamReader(answer.GetResponseStream()))
        {
            return new Answer((int)answer.StatusCode, reader.ReadToEnd());
        }
    }
}
