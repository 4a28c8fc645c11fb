import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;

/** A test with a sandbox of its own: state, clock, scenarios and journal that no other test sees. */
abstract class SimulatorTest {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private String server;
  private String name;
  private String run;

  /** The base URL that the till is given. */
  protected String sandbox;

  @BeforeEach
  void enterSandbox(TestInfo test) throws Exception {
    server = SimulatorServer.url();
    name = "java-" + UUID.randomUUID();
    sandbox = server + "/sandboxes/" + name;
    control("PUT", "/clock", "{\"scale\": 10}"); // customers are ten times as quick
    var scenario = test.getTestMethod().orElseThrow().getAnnotation(Scenario.class);
    if (scenario != null) {
      var queued =
          control("POST", "/scenarios/next", "{\"scenario\": \"" + scenario.value() + "\"}");
      run = Json.field("runs", queued);
    }
  }

  @AfterEach
  void judgeAndLeaveSandbox() throws Exception {
    try {
      if (run != null) {
        var judged = control("POST", "/runs/" + run + "/wait?timeout=10", null);
        assertEquals("passed", Json.field("verdict", judged), judged);
      }
    } finally {
      send("DELETE", server + "/_simulator/sandboxes/" + name, null);
    }
  }

  /** Makes a call of the control API, about this test's sandbox; returns the body of its answer. */
  protected String control(String method, String path, String body) throws Exception {
    return send(method, sandbox + "/_simulator" + path, body);
  }

  private static String send(String method, String url, String body) throws Exception {
    var publisher = body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body);
    var request =
        HttpRequest.newBuilder(URI.create(url))
            .header("Content-Type", "application/json")
            .method(method, publisher)
            .build();
    var answer = HTTP.send(request, BodyHandlers.ofString());
    assertTrue(answer.statusCode() < 300, answer.statusCode() + " " + answer.body());
    return answer.body();
  }
}
