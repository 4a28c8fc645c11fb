using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Text;

/// <summary>HttpClient, which logs in when it is asked to.</summary>
public static class WithHttpClient
{
    public static void Main()
    {
        var handler = new HttpClientHandler { Credentials = new NetworkCredential(Walk.ClientId, Walk.Secret) };
        var client = new HttpClient(handler);
        new Walk((method, url, headers, type, body) => Send(client, method, url, headers, type, body)).Go();
    }

    private static Answer Send(
        HttpClient client, string method, string url, IDictionary<string, string> headers, string type, string body)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), url);
        foreach (var each in headers)
        {
            request.Headers.Add(each.Key, each.Value);
        }
        if (body != null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, type);
        }
        try
        {
            var answer = client.SendAsync(request).GetAwaiter().GetResult();
            return new Answer((int)answer.StatusCode, answer.Content.ReadAsStringAsync().GetAwaiter().GetResult());
        }
        catch (HttpRequestException error) when (IsBroken(error.InnerException))
        {
            throw new NoAnswer(error.InnerException.Message);
        }
    }

    private static bool IsBroken(Exception error)
    {
        var web = error as WebException;
        return error is IOException || (web != null && WithoutAnswer.Contains(web.Status));
    }

    private static readonly List<WebExceptionStatus> WithoutAnswer = new List<WebExceptionStatus>
    {
        WebExceptionStatus.ConnectionClosed, WebExceptionStatus.ReceiveFailure, WebExceptionStatus.KeepAliveFailure,
    };
}
