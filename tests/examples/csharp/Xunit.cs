// A stand-in for xUnit 2, for machines that have Mono and no NuGet: the types that the sample uses, and
// the order in which xUnit uses them. For each fact it makes an object, initializes it, calls Before of
// the attributes, the fact, and After of the attributes, and disposes of the object.
using System;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;
using Xunit;
using Xunit.Sdk;

namespace Xunit
{
    [AttributeUsage(AttributeTargets.Method)]
    public class FactAttribute : Attribute { }

    public interface IAsyncLifetime
    {
        Task InitializeAsync();
        Task DisposeAsync();
    }

    public static class Assert
    {
        public static void Equal(string expected, string actual)
        {
            if (expected != actual)
            {
                throw new Exception($"expected {expected}, not {actual}");
            }
        }
    }
}

namespace Xunit.Sdk
{
    public abstract class BeforeAfterTestAttribute : Attribute
    {
        public virtual void Before(MethodInfo method) { }
        public virtual void After(MethodInfo method) { }
    }
}

public static class Runner
{
    public static int Main()
    {
        var failed = 0;
        var facts =
            from type in Assembly.GetExecutingAssembly().GetTypes()
            from method in type.GetMethods()
            where method.IsDefined(typeof(FactAttribute))
            select method;
        foreach (var fact in facts.ToList())
        {
            var error = Run(fact).GetAwaiter().GetResult();
            Console.WriteLine($"{(error == null ? "passed" : "failed")} {fact.Name} {error}");
            failed += error == null ? 0 : 1;
        }
        return failed == 0 ? 0 : 1;
    }

    private static async Task<string> Run(MethodInfo fact)
    {
        var attributes = fact.GetCustomAttributes<BeforeAfterTestAttribute>().ToList();
        var test = Activator.CreateInstance(fact.DeclaringType);
        try
        {
            await ((IAsyncLifetime)test).InitializeAsync();
            attributes.ForEach(each => each.Before(fact));
            await (Task)fact.Invoke(test, null);
            attributes.ForEach(each => each.After(fact));
            return null;
        }
        catch (Exception error)
        {
            return error.Message;
        }
        finally
        {
            await ((IAsyncLifetime)test).DisposeAsync();
        }
    }
}
