import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;

/** A till that pays once: what the programs of both Java stacks have in common. */
final class Walk {
  static final String URL = System.getenv("TILL_URL");
  static final String CLIENT_ID = System.getenv("TILL_CLIENT_ID");
  static final String SECRET = System.getenv("TILL_SECRET");
  private static final String FORM = "application/x-www-form-urlencoded";
  private static final List<Integer> NOT_DONE = List.of(502, 503, 504);

  /** Milliseconds before a call is made again. */
  private static final long PAUSE = 100;

  /** Status and text of an answer. */
  record Answer(int status, String text) {}

  /** The connection broke: the work may be done or not. */
  static final class NoAnswer extends Exception {
    NoAnswer(String reason) {
      super(reason);
    }
  }

  /** A stack; the body is null where there is none. */
  interface Stack {
    Answer send(String method, String url, Map<String, String> headers, String body)
        throws Exception;
  }

  private final Stack stack;
  private final Map<String, String> common = new TreeMap<>();

  Walk(Stack stack) {
    this.stack = stack;
  }

  private String ask(String method, String path, Map<String, String> headers, String body)
      throws Exception {
    var answer = stack.send(method, URL + path, headers, body);
    if (NOT_DONE.contains(answer.status())) {
      throw new NoAnswer("" + answer.status());
    }
    if (answer.status() < 200 || answer.status() > 299) {
      throw new IllegalStateException(
          method + " " + path + ": " + answer.status() + " " + answer.text());
    }
    return answer.text();
  }

  private String pos(String method, String path, String body, String key) throws Exception {
    var headers = new TreeMap<>(common);
    if (body != null) {
      headers.put("Content-Type", "application/json");
    }
    if (key != null) {
      headers.put("X-MobilePay-Idempotency-Key", key);
    }
    return ask(method, "/pos/v10" + path, headers, body);
  }

  private String get(String path) throws Exception {
    return pos("GET", path, null, null);
  }

  private void untilReserved(String path, long delay) throws Exception {
    do {
      Thread.sleep(delay);
    } while (!field("status", get(path)).equals("Reserved"));
  }

  /** The value of a field, or its first where it is a list. */
  private static String field(String name, String json) {
    var found = Pattern.compile("\"" + name + "\":\\[?\"?([^\",}\\]]+)").matcher(json);
    if (!found.find()) {
      throw new IllegalStateException("no " + name + " in " + json);
    }
    return found.group(1);
  }

  private static String newKey() {
    return UUID.randomUUID().toString();
  }

  /** Pays, captures and gives back. */
  void go() throws Exception {
    var vat = URLEncoder.encode(System.getenv("TILL_MERCHANT"), StandardCharsets.UTF_8);
    var form = "grant_type=client_credentials&merchant_vat=" + vat;
    var path = "/integrator-authentication/connect/token";
    var token = ask("POST", path, new TreeMap<>(Map.of("Content-Type", FORM)), form);
    common.put("Authorization", "Bearer " + field("access_token", token));
    common.put("X-MobilePay-Client-System-Version", "1.0.0");

    var till = """
        {"merchantPosId": "till-1", "storeId": "%s", "name": "Till 1",
         "supportedBeaconTypes": ["QR"]}""".formatted(field("storeIds", get("/stores")));
    var posId = field("posId", pos("POST", "/pointofsales", till, newKey()));

    var order = """
        {"posId": "%s", "orderId": "order-1", "amount": 10.50, "currencyCode": "DKK",
         "plannedCaptureDelay": "None"}""".formatted(posId);
    var key = newKey();
    var again = 0;
    String payment = null;
    while (payment == null) {
      try {
        payment = field("paymentId", pos("POST", "/payments", order, key));
      } catch (NoAnswer lost) {
        if (++again == 3) {
          throw lost;
        }
        Thread.sleep(PAUSE);
      }
    }
    var delay = Long.parseLong(field("pollDelayInMs", get("/payments/" + payment)));
    untilReserved("/payments/" + payment, delay);
    pos("POST", "/payments/" + payment + "/capture", "{\"amount\": 10.50}", null);

    var back = """
        {"paymentId": "%s", "refundOrderId": "refund-1", "amount": 4.00,
         "currencyCode": "DKK"}""".formatted(payment);
    var refund = field("refundId", pos("POST", "/refunds", back, newKey()));
    untilReserved("/refunds/" + refund, delay);
    pos("POST", "/refunds/" + refund + "/capture", null, null);
    var status = field("status", get("/payments/" + payment));
    pos("DELETE", "/pointofsales/" + posId, null, null);
    System.out.printf(
        "payment=%s refund=%s status=%s again=%d%n", payment, refund, status, again);
  }
}
