using System;
using System.Collections.Generic;
using System.Text.RegularExpressions;
using System.Threading;

/// <summary>Status and text of an answer.</summary>
public sealed class Answer
{
    public readonly int Status;
    public readonly string Text;

    public Answer(int status, string text)
    {
        Status = status;
        Text = text;
    }
}

/// <summary>The connection broke: the work may be done or not.</summary>
public sealed class NoAnswer : Exception
{
    public NoAnswer(string reason) : base(reason) { }
}

/// <summary>Sends a call; the body is null where there is none, else of the given type.</summary>
public delegate Answer Send(string method, string url, IDictionary<string, string> headers, string type, string body);

/// <summary>A till that pays once: what the programs of all C# stacks have in common.</summary>
public sealed class Walk
{
    public static readonly string Url = Environment.GetEnvironmentVariable("TILL_URL");
    public static readonly string ClientId = Environment.GetEnvironmentVariable("TILL_CLIENT_ID");
    public static readonly string Secret = Environment.GetEnvironmentVariable("TILL_SECRET");

    private const string Form = "application/x-www-form-urlencoded";
    private const string Json = "application/json";

    /// <summary>Milliseconds before a call is made again.</summary>
    private const int Pause = 100;

    private readonly Send send;
    private readonly Dictionary<string, string> common = new Dictionary<string, string>();

    public Walk(Send send)
    {
        this.send = send;
    }

    private string Ask(string method, string path, IDictionary<string, string> headers, string type, string body)
    {
        var answer = send(method, Url + path, headers, type, body);
        if (answer.Status >= 502 && answer.Status <= 504)
        {
            throw new NoAnswer(answer.Status.ToString());
        }
        if (answer.Status < 200 || answer.Status > 299)
        {
            throw new InvalidOperationException(method + " " + path + ": " + answer.Status + " " + answer.Text);
        }
        return answer.Text;
    }

    private string Pos(string method, string path, string body = null, string key = null)
    {
        var headers = new Dictionary<string, string>(common);
        if (key != null)
        {
            headers["X-MobilePay-Idempotency-Key"] = key;
        }
        return Ask(method, "/pos/v10" + path, headers, Json, body);
    }

    private void UntilReserved(string path, int delay)
    {
        do
        {
            Thread.Sleep(delay);
        }
        while (Field("status", Pos("GET", path)) != "Reserved");
    }

    /// <summary>The value of a field, or its first where it is a list.</summary>
    private static string Field(string name, string json)
    {
        var found = Regex.Match(json, "\"" + name + "\":\\[?\"?([^\",}\\]]+)");
        if (!found.Success)
        {
            throw new InvalidOperationException("no " + name + " in " + json);
        }
        return found.Groups[1].Value;
    }

    private static string NewKey()
    {
        return Guid.NewGuid().ToString();
    }

    private string Pay(string order, ref int again)
    {
        for (var key = NewKey(); ;)
        {
            try
            {
                return Field("paymentId", Pos("POST", "/payments", order, key));
            }
            catch (NoAnswer)
            {
                if (++again == 3)
                {
                    throw;
                }
                Thread.Sleep(Pause);
            }
        }
    }

    /// <summary>Pays, captures and gives back.</summary>
    public void Go()
    {
        var vat = Uri.EscapeDataString(Environment.GetEnvironmentVariable("TILL_MERCHANT"));
        var form = "grant_type=client_credentials&merchant_vat=" + vat;
        var headers = new Dictionary<string, string>();
        var token = Ask("POST", "/integrator-authentication/connect/token", headers, Form, form);
        common["Authorization"] = "Bearer " + Field("access_token", token);
        common["X-MobilePay-Client-System-Version"] = "1.0.0";

        var till = "{\"merchantPosId\": \"till-1\", \"storeId\": \"" + Field("storeIds", Pos("GET", "/stores"))
            + "\", \"name\": \"Till 1\", \"supportedBeaconTypes\": [\"QR\"]}";
        var posId = Field("posId", Pos("POST", "/pointofsales", till, NewKey()));

        var order = "{\"posId\": \"" + posId + "\", \"orderId\": \"order-1\", \"amount\": 10.50, "
            + "\"currencyCode\": \"DKK\", \"plannedCaptureDelay\": \"None\"}";
        var again = 0;
        var payment = Pay(order, ref again);
        var delay = int.Parse(Field("pollDelayInMs", Pos("GET", "/payments/" + payment)));
        UntilReserved("/payments/" + payment, delay);
        Pos("POST", "/payments/" + payment + "/capture", "{\"amount\": 10.50}");

        var back = "{\"paymentId\": \"" + payment + "\", \"refundOrderId\": \"refund-1\", "
            + "\"amount\": 4.00, \"currencyCode\": \"DKK\"}";
        var refund = Field("refundId", Pos("POST", "/refunds", back, NewKey()));
        UntilReserved("/refunds/" + refund, delay);
        Pos("POST", "/refunds/" + refund + "/capture");
        var status = Field("status", Pos("GET", "/payments/" + payment));
        Pos("DELETE", "/pointofsales/" + posId);
        Console.WriteLine("payment=" + payment + " refund=" + refund + " status=" + status + " again=" + again);
    }
}
