using System;
using System.Reflection;
using Xunit.Sdk;

/// <summary>
/// The scenario that a test's first payment gets. The test fails where the run's verdict is not "passed".
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ScenarioAttribute : BeforeAfterTestAttribute
{
    private readonly string name;
    private SimulatorTest test;
    private string run;

    public ScenarioAttribute(string name)
    {
        this.name = name;
    }

    /// <summary>xUnit calls it when the test's object is there, and before the test.</summary>
    public override void Before(MethodInfo method)
    {
        test = SimulatorTest.Current;
        var body = "{\"scenario\": \"" + name + "\"}";
        var queued = test.Control("POST", "/scenarios/next", body).GetAwaiter().GetResult();
        run = Json.Field("runs", queued);
    }

    public override void After(MethodInfo method)
    {
        var judged = test.Control("POST", "/runs/" + run + "/wait?timeout=10").GetAwaiter().GetResult();
        if (Json.Field("verdict", judged) != "passed")
        {
            throw new InvalidOperationException(judged);
        }
    }
}
