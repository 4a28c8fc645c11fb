import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TillTest extends SimulatorTest {
  private Till till;

  @BeforeEach
  void openTill() {
    till = new Till(sandbox);
  }

  @Test
  void takesAPayment() throws Exception {
    assertEquals("Captured", till.pay("10.50"));
  }

  @Test
  @Scenario("rejection")
  void takesNoMoneyFromACustomerWhoCancels() throws Exception {
    assertEquals("CancelledByUser", till.pay("10.50"));
  }

  @Test
  @Scenario("lost-response-capture")
  void capturesAgainWhereTheAnswerIsLost() throws Exception {
    assertEquals("Captured", till.pay("10.50"));
  }

  @Test
  @Scenario("lost-response-initiate")
  void startsOnePaymentWhereTheAnswerIsLost() throws Exception {
    assertEquals("Captured", till.pay("10.50"));
  }

  @Test
  void findsAReservationEndedAfterAWeek() throws Exception {
    var payment = till.start("10.50");
    assertEquals("Reserved", till.waitFor(payment));
    control("POST", "/clock/advance", "{\"seconds\": 604800}");
    assertEquals("ExpiredAndCancelled", till.status(payment));
  }
}
