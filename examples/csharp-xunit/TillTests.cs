using System.Threading.Tasks;
using Xunit;

public class TillTests : SimulatorTest
{
    private readonly Till till;

    public TillTests()
    {
        till = new Till(Sandbox);
    }

    [Fact]
    public async Task TakesAPayment()
    {
        Assert.Equal("Captured", await till.Pay("10.50"));
    }

    [Fact]
    [Scenario("rejection")]
    public async Task TakesNoMoneyFromACustomerWhoCancels()
    {
        Assert.Equal("CancelledByUser", await till.Pay("10.50"));
    }

    [Fact]
    [Scenario("lost-response-capture")]
    public async Task CapturesAgainWhereTheAnswerIsLost()
    {
        Assert.Equal("Captured", await till.Pay("10.50"));
    }

    [Fact]
    [Scenario("lost-response-initiate")]
    public async Task StartsOnePaymentWhereTheAnswerIsLost()
    {
        Assert.Equal("Captured", await till.Pay("10.50"));
    }

    [Fact]
    public async Task FindsAReservationEndedAfterAWeek()
    {
        var payment = await till.Start("10.50");
        Assert.Equal("Reserved", await till.WaitFor(payment));
        await Control("POST", "/clock/advance", "{\"seconds\": 604800}");
        Assert.Equal("ExpiredAndCancelled", await till.Status(payment));
    }
}
