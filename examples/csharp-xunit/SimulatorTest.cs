using System;
using System.Net.Http;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

/// <summary>A test with a sandbox of its own: state, clock, scenarios and journal that no other sees.</summary>
public abstract class SimulatorTest : IAsyncLifetime
{
    private static readonly HttpClient Http = new HttpClient();
    private static readonly AsyncLocal<SimulatorTest> Running = new AsyncLocal<SimulatorTest>();

    private readonly string name = "dotnet-" + Guid.NewGuid().ToString("N");

    protected SimulatorTest()
    {
        Sandbox = SimulatorServer.Url + "/sandboxes/" + name;
        Running.Value = this;
    }

    /// <summary>The test that runs here, for the attribute, which is not told.</summary>
    internal static SimulatorTest Current => Running.Value;

    /// <summary>The base URL that the till is given.</summary>
    protected string Sandbox { get; }

    // Customers are ten times as quick.
    public virtual async Task InitializeAsync() => await Control("PUT", "/clock", "{\"scale\": 10}");

    public async Task DisposeAsync() =>
        await Send("DELETE", SimulatorServer.Url + "/_simulator/sandboxes/" + name, null);

    /// <summary>Makes a call of the control API, about this test's sandbox; returns the body of its answer.</summary>
    public Task<string> Control(string method, string path, string body = null) =>
        Send(method, Sandbox + "/_simulator" + path, body);

    private static async Task<string> Send(string method, string url, string body)
    {
        using (var request = new HttpRequestMessage(new HttpMethod(method), url))
        {
            if (body != null)
            {
                request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            }
            using (var answer = await Http.SendAsync(request).ConfigureAwait(false))
            {
                var text = answer.Content == null
                    ? ""
                    : await answer.Content.ReadAsStringAsync().ConfigureAwait(false);
                return answer.IsSuccessStatusCode
                    ? text
                    : throw new InvalidOperationException($"{method} {url}: {(int)answer.StatusCode} {text}");
            }
        }
    }
}
