import control.api.ClockApi;
import control.api.FaultsApi;
import control.api.RunsApi;
import control.api.ScenariosApi;
import control.model.Advance;
import control.model.QueueScenario;
import control.model.Rescale;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.Set;
import java.util.UUID;
import service.ApiException;
import service.api.IntegratorAuthenticationApi;
import service.api.PaymentsApi;
import service.api.PointOfSalesApi;
import service.api.StoresApi;
import service.model.CreatePosRequest;
import service.model.CreatePosRequestSupportedBeaconTypesInner;
import service.model.InitiatePaymentRequest;
import service.model.InitiatePaymentRequestCurrencyCode;
import service.model.InitiatePaymentRequestPlannedCaptureDelay;
import service.model.PaymentCaptureRequest;
import service.model.TokenRequestGrantType;

/**
 * A till's test with two clients made by OpenAPI Generator. SIMULATOR_URL is the URL of a sandbox. It
 * prints {@code payment=ID status=STATE verdict=VERDICT}.
 */
public final class Till {
  private static final String VERSION = "1.0.0";
  private static final BigDecimal AMOUNT = new BigDecimal("10.50");

  private final PaymentsApi payments;
  private final UUID payment;

  private Till(service.ApiClient service) throws ApiException {
    payments = new PaymentsApi(service);
    var store = new StoresApi(service).getStores(VERSION, null, null, null, null).getStoreIds().get(0);
    var till =
        new CreatePosRequest()
            .merchantPosId("till-1")
            .storeId(store)
            .name("Till 1")
            .supportedBeaconTypes(Set.of(CreatePosRequestSupportedBeaconTypesInner.QR));
    var pos = new PointOfSalesApi(service).createPos(VERSION, key(), till, null, null).getPosId();
    var order =
        new InitiatePaymentRequest()
            .posId(pos)
            .orderId("order-1")
            .amount(AMOUNT)
            .currencyCode(InitiatePaymentRequestCurrencyCode.DKK)
            .plannedCaptureDelay(InitiatePaymentRequestPlannedCaptureDelay.NONE);
    payment = payments.initiatePayment(VERSION, key(), order, null, null).getPaymentId();
  }

  private static String key() {
    return UUID.randomUUID().toString();
  }

  private String status() throws ApiException {
    return payments.queryPayment(payment, VERSION, null, null).getStatus().getValue();
  }

  private void capture() throws ApiException {
    var all = new PaymentCaptureRequest().amount(AMOUNT);
    payments.capturePayment(payment, VERSION, all, null, null);
  }

  private static void must(boolean isSo, String what) {
    if (!isSo) {
      throw new AssertionError(what);
    }
  }

  public static void main(String[] arguments) throws Exception {
    var url = System.getenv("SIMULATOR_URL");
    var control = new control.ApiClient();
    control.updateBaseUri(url);
    var clock = new ClockApi(control);
    clock.putClock(new Rescale().scale(BigDecimal.ZERO));
    new FaultsApi(control).putFaults("faults: [{call: QueryPayment, first: 1, answer: {status: 503}}]");
    var scenario = new QueueScenario().scenario("lost-response-capture");
    var run = new ScenariosApi(control).postScenariosNext(scenario).getRuns().get(0);

    var service = new service.ApiClient();
    service.updateBaseUri(url);
    var token =
        new IntegratorAuthenticationApi(service)
            .token(
                TokenRequestGrantType.CLIENT_CREDENTIALS,
                System.getenv("TILL_MERCHANT"),
                null,
                System.getenv("TILL_CLIENT_ID"),
                System.getenv("TILL_SECRET"))
            .getAccessToken();
    service.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + token));

    var till = new Till(service);
    try {
      till.status();
      throw new AssertionError("the first query did not fail");
    } catch (ApiException refused) {
      must(refused.getCode() == 503, refused.toString());
    }
    must(till.status().equals("Initiated"), "the payment was not begun");
    clock.postClockAdvance(new Advance().seconds(BigDecimal.valueOf(2)));
    must(till.status().equals("Reserved"), "two seconds later it was not reserved");
    try {
      till.capture();
      throw new AssertionError("the answer to the first capture was not lost");
    } catch (ApiException lost) {
      must(lost.getCause() instanceof IOException, lost.toString());
      till.capture();
    }
    var verdict = new RunsApi(control).postRunsRunIdWait(run, BigDecimal.valueOf(5)).getVerdict();
    System.out.printf("payment=%s status=%s verdict=%s%n", till.payment, till.status(), verdict);
  }
}
