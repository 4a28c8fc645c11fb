import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.UUID;

/** The client under test: a till that takes payments. Put your own in its place. */
final class Till {
  private static final String CLIENT_ID = "11111111-2222-4333-8444-555555555555";
  private static final String SECRET = "sandbox-secret";
  private static final String MERCHANT = "DK12345678";
  private static final Duration READING = Duration.ofMillis(500);
  private static final Duration WRITING = Duration.ofSeconds(2);
  private static final int MOST_RETRIES = 5;
  private static final long FIRST_PAUSE = 500; // milliseconds before the first retry
  private static final List<String> CREATING = List.of("/payments", "/refunds", "/pointofsales");
  private static final List<String> ACTIVE = List.of("Initiated", "Paired", "IssuedToUser");

  private final HttpClient http = HttpClient.newHttpClient();
  private final String url;
  private String token;
  private String posId;

  Till(String url) {
    this.url = url;
  }

  /** Takes a payment; returns the state it ended in. */
  String pay(String amount) throws Exception {
    var payment = start(amount);
    if (!waitFor(payment).equals("Reserved")) {
      return status(payment);
    }
    call("POST", "/payments/" + payment + "/capture", "{\"amount\": " + amount + "}");
    return status(payment);
  }

  /** Asks the customer for an amount; returns the payment's id. */
  String start(String amount) throws Exception {
    if (posId == null) {
      posId = register();
    }
    var order =
        """
        {"posId": "%s", "orderId": "%s", "amount": %s, "currencyCode": "DKK",
         "plannedCaptureDelay": "None"}"""
            .formatted(posId, UUID.randomUUID(), amount);
    return Json.field("paymentId", call("POST", "/payments", order));
  }

  /** Polls a payment until the customer has decided; returns its state. */
  String waitFor(String payment) throws Exception {
    while (true) {
      var found = call("GET", "/payments/" + payment, null);
      var status = Json.field("status", found);
      if (!ACTIVE.contains(status)) {
        return status;
      }
      Thread.sleep(Long.parseLong(Json.field("pollDelayInMs", found)));
    }
  }

  String status(String payment) throws Exception {
    return Json.field("status", call("GET", "/payments/" + payment, null));
  }

  private String register() throws Exception {
    var store = Json.field("storeIds", call("GET", "/stores", null));
    var pos =
        """
        {"merchantPosId": "till-1", "storeId": "%s", "name": "Till 1",
         "supportedBeaconTypes": ["QR"]}"""
            .formatted(store);
    return Json.field("posId", call("POST", "/pointofsales", pos));
  }

  /** Makes a call. Where there is no answer it is made again, with the same idempotency key. */
  private String call(String method, String path, String body) throws Exception {
    var key = UUID.randomUUID().toString();
    for (var retry = 0; ; retry++) {
      var answer = attempt(method, path, body, key);
      if (answer != null && answer.statusCode() == 200) {
        return answer.body();
      }
      if (answer != null && answer.statusCode() == 401) {
        token = null; // it has ended; the next attempt fetches another
      } else if (answer != null && answer.statusCode() < 500 && answer.statusCode() != 429) {
        throw new IOException(method + " " + path + ": " + answer.statusCode() + " " + answer.body());
      }
      if (retry == MOST_RETRIES) {
        throw new IOException(method + " " + path + ": no answer");
      }
      Thread.sleep(FIRST_PAUSE << retry);
    }
  }

  /** Returns an answer; null where there was none, so that the work may be done or not. */
  private HttpResponse<String> attempt(String method, String path, String body, String key)
      throws InterruptedException {
    try {
      if (token == null) {
        token = fetchToken();
      }
      var request =
          request(method, "/pos/v10" + path, body)
              .timeout(method.equals("GET") ? READING : WRITING)
              .header("Authorization", "Bearer " + token)
              .header("X-MobilePay-Client-System-Version", "1.0.0");
      if (body != null) {
        request.header("Content-Type", "application/json");
      }
      if (CREATING.contains(path)) {
        request.header("X-MobilePay-Idempotency-Key", key);
      }
      return http.send(request.build(), BodyHandlers.ofString());
    } catch (IOException lost) {
      return null;
    }
  }

  private String fetchToken() throws IOException, InterruptedException {
    var login = (CLIENT_ID + ":" + SECRET).getBytes(StandardCharsets.UTF_8);
    var form = "grant_type=client_credentials&merchant_vat=" + MERCHANT;
    var request =
        request("POST", "/integrator-authentication/connect/token", form)
            .timeout(WRITING)
            .header("Authorization", "Basic " + Base64.getEncoder().encodeToString(login))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .build();
    var answer = http.send(request, BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new IOException("fetching a token: " + answer.statusCode());
    }
    return Json.field("access_token", answer.body());
  }

  private HttpRequest.Builder request(String method, String path, String body) {
    var publisher = body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body);
    return HttpRequest.newBuilder(URI.create(url + path)).method(method, publisher);
  }
}
