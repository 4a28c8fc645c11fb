using System;
using System.Text.RegularExpressions;

/// <summary>The little JSON that these tests read. A project that has a JSON library uses that.</summary>
internal static class Json
{
    /// <summary>Returns the value of a field, or its first where it is a list.</summary>
    public static string Field(string name, string json)
    {
        var found = Regex.Match(json, "\"" + name + "\": ?\\[?\"?([^\",}\\]]+)");
        return found.Success ? found.Groups[1].Value : throw new FormatException($"no {name} in {json}");
    }
}
