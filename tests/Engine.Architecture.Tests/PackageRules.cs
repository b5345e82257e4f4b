using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Engine.Architecture.Tests;

/// <summary>Versions are central and exact; the list of banned symbols is there and in use.</summary>
internal static partial class PackageRules
{
    /// <summary>Without these the core would read a clock, draw randomness or wait for time on its own.</summary>
    private static readonly string[] s_bannedAtLeast =
    [
        "P:System.DateTime.Now", "P:System.DateTime.UtcNow", "P:System.Random.Shared", "M:System.Random.#ctor",
        "M:System.Threading.Thread.Sleep(System.Int32)", "M:System.Threading.Tasks.Task.Run(System.Action)",
        "M:System.Guid.NewGuid",
    ];

    public static IEnumerable<string> Versions(string centralFile, IReadOnlyList<ProjectFile> projects)
    {
        XDocument document = XDocument.Parse(centralFile);
        if (document.Descendants("ManagePackageVersionsCentrally").All(element => element.Value != "true"))
        {
            yield return "Directory.Packages.props: versions are not managed centrally";
        }

        foreach (XElement package in document.Descendants("PackageVersion"))
        {
            string version = (string?)package.Attribute("Version") ?? "";
            if (!ExactVersion().IsMatch(version))
            {
                string? name = package.Attribute("Include")?.Value;
                yield return $"Directory.Packages.props: {name} has no exact version: \"{version}\"";
            }
        }

        foreach (ProjectFile project in projects)
        {
            foreach (string package in project.InlineVersions)
            {
                yield return $"{project.Path}: the version of {package} belongs into Directory.Packages.props";
            }
        }
    }

    public static IEnumerable<string> BannedSymbols(string list, string srcProps)
    {
        string[] symbols = [.. list.Split('\n').Select(line => line.Split(';')[0].Trim())];
        foreach (string symbol in s_bannedAtLeast.Except(symbols))
        {
            yield return $"src/BannedSymbols.txt: {symbol} is missing";
        }

        if (!srcProps.Contains("BannedSymbols.txt", StringComparison.Ordinal)
            || !srcProps.Contains("Microsoft.CodeAnalysis.BannedApiAnalyzers", StringComparison.Ordinal))
        {
            yield return "src/Directory.Build.props: does not use the list of banned symbols";
        }
    }

    [GeneratedRegex(@"^\d+(\.\d+){1,3}(-[\w.]+)?$")]
    private static partial Regex ExactVersion();
}
