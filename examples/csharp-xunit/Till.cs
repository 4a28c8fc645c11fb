using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

/// <summary>The client under test: a till that takes payments. Put your own in its place.</summary>
public sealed class Till
{
    private const string ClientId = "11111111-2222-4333-8444-555555555555";
    private const string Secret = "sandbox-secret";
    private const string Merchant = "DK12345678";
    private const int Reading = 500; // time-outs in milliseconds
    private const int Writing = 2000;
    private const int MostRetries = 5;
    private const int FirstPause = 500; // milliseconds before the first retry
    private static readonly string[] Creating = { "/payments", "/refunds", "/pointofsales" };
    private static readonly string[] Active = { "Initiated", "Paired", "IssuedToUser" };
    private static readonly HttpClient Http = new HttpClient();

    private readonly string url;
    private string token;
    private string posId;

    public Till(string url)
    {
        this.url = url;
    }

    /// <summary>Takes a payment; returns the state it ended in.</summary>
    public async Task<string> Pay(string amount)
    {
        var payment = await Start(amount);
        if (await WaitFor(payment) == "Reserved")
        {
            await Call("POST", "/payments/" + payment + "/capture", "{\"amount\": " + amount + "}");
        }
        return await Status(payment);
    }

    /// <summary>Asks the customer for an amount; returns the payment's id.</summary>
    public async Task<string> Start(string amount)
    {
        posId = posId ?? await Register();
        var order = "{\"posId\": \"" + posId + "\", \"orderId\": \"" + Guid.NewGuid() + "\", \"amount\": "
            + amount + ", \"currencyCode\": \"DKK\", \"plannedCaptureDelay\": \"None\"}";
        return Json.Field("paymentId", await Call("POST", "/payments", order));
    }

    /// <summary>Polls a payment until the customer has decided; returns its state.</summary>
    public async Task<string> WaitFor(string payment)
    {
        while (true)
        {
            var found = await Call("GET", "/payments/" + payment);
            var status = Json.Field("status", found);
            if (!Active.Contains(status))
            {
                return status;
            }
            await Task.Delay(int.Parse(Json.Field("pollDelayInMs", found)));
        }
    }

    public async Task<string> Status(string payment) =>
        Json.Field("status", await Call("GET", "/payments/" + payment));

    private async Task<string> Register()
    {
        var store = Json.Field("storeIds", await Call("GET", "/stores"));
        var pos = "{\"merchantPosId\": \"till-1\", \"storeId\": \"" + store
            + "\", \"name\": \"Till 1\", \"supportedBeaconTypes\": [\"QR\"]}";
        return Json.Field("posId", await Call("POST", "/pointofsales", pos));
    }

    /// <summary>Makes a call. Where there is no answer it is made again, with the same idempotency key.</summary>
    private async Task<string> Call(string method, string path, string body = null)
    {
        var key = Guid.NewGuid().ToString();
        for (var retry = 0; ; retry++)
        {
            try
            {
                return await Attempt(method, path, body, key);
            }
            catch (Exception error) when (retry < MostRetries && IsNoAnswer(error))
            {
                await Task.Delay(FirstPause << retry);
            }
        }
    }

    /// <summary>A time-out, a broken connection, 401, 429 or 5xx: the work may be done or not.</summary>
    private static bool IsNoAnswer(Exception error) =>
        error is HttpRequestException || error is OperationCanceledException || error is IOException;

    private async Task<string> Attempt(string method, string path, string body, string key)
    {
        token = token ?? await FetchToken();
        using (var request = new HttpRequestMessage(new HttpMethod(method), url + "/pos/v10" + path))
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            request.Headers.Add("X-MobilePay-Client-System-Version", "1.0.0");
            if (body != null)
            {
                request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            }
            if (Creating.Contains(path))
            {
                request.Headers.Add("X-MobilePay-Idempotency-Key", key);
            }
            return await Send(request, method == "GET" ? Reading : Writing);
        }
    }

    private async Task<string> FetchToken()
    {
        var form = new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["merchant_vat"] = Merchant,
        };
        var path = "/integrator-authentication/connect/token";
        using (var request = new HttpRequestMessage(HttpMethod.Post, url + path))
        {
            var login = Convert.ToBase64String(Encoding.ASCII.GetBytes(ClientId + ":" + Secret));
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", login);
            request.Content = new FormUrlEncodedContent(form);
            return Json.Field("access_token", await Send(request, Writing));
        }
    }

    private async Task<string> Send(HttpRequestMessage request, int milliseconds)
    {
        using (var patience = new CancellationTokenSource(milliseconds))
        using (var answer = await Http.SendAsync(request, patience.Token))
        {
            var text = await answer.Content.ReadAsStringAsync();
            var status = (int)answer.StatusCode;
            if (status == 200)
            {
                return text;
            }
            if (status == 401)
            {
                token = null; // it has ended; the next attempt fetches another
            }
            var what = $"{request.Method} {request.RequestUri}: {status} {text}";
            throw status == 401 || status == 429 || status >= 500
                ? new HttpRequestException(what)
                : (Exception)new InvalidOperationException(what);
        }
    }
}
