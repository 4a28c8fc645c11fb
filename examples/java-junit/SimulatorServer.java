import java.io.IOException;
import java.io.InputStreamReader;
import java.io.BufferedReader;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;

/**
 * One simulator for all tests: the one that MOBILEPAY_URL names, else a process of its own, which ends
 * with this JVM. MOBILEPAY_SIM is the command that starts it; without it, mobilepay-sim.
 */
final class SimulatorServer {
  private static String url;

  private SimulatorServer() {}

  /** Returns where the simulator is; starts it with the first call. */
  static synchronized String url() throws IOException {
    if (url == null) {
      var running = System.getenv("MOBILEPAY_URL");
      url = running != null ? running : start();
    }
    return url;
  }

  private static String start() throws IOException {
    var command = System.getenv().getOrDefault("MOBILEPAY_SIM", "mobilepay-sim");
    var process =
        new ProcessBuilder(command, "serve", "--port", "0", "--log-format", "none")
            .redirectError(Redirect.INHERIT)
            .start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
    // The first line of its output is there once it listens: {"event": "listening", "url": ...}.
    var output = new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8);
    var line = new BufferedReader(output).readLine();
    if (line == null) {
      throw new IOException("the simulator did not start; it says why above");
    }
    return Json.field("url", line);
  }
}
