using System;
using System.Diagnostics;

/// <summary>
/// One simulator for all tests: the one that MOBILEPAY_URL names, else a process of its own, which ends
/// with this one. MOBILEPAY_SIM is the command that starts it; without it, mobilepay-sim.
/// </summary>
internal static class SimulatorServer
{
    private static readonly Lazy<string> Started = new Lazy<string>(
        () => Environment.GetEnvironmentVariable("MOBILEPAY_URL") ?? Start());

    /// <summary>Where the simulator is; it is started by the first who asks.</summary>
    public static string Url => Started.Value;

    private static string Start()
    {
        var command = Environment.GetEnvironmentVariable("MOBILEPAY_SIM") ?? "mobilepay-sim";
        var process = Process.Start(new ProcessStartInfo(command, "serve --port 0 --log-format none")
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        });
        AppDomain.CurrentDomain.ProcessExit += (sender, ended) => process.Kill();
        // The first line of its output is there once it listens: {"event": "listening", "url": ...}.
        var line = process.StandardOutput.ReadLine();
        if (line == null)
        {
            throw new InvalidOperationException("the simulator did not start; it says why above");
        }
        return Json.Field("url", line);
    }
}
