using System.Text.RegularExpressions;

namespace Engine.Architecture.Tests;

/// <summary>The solution holds every project, builds each in Release, and every project in src has its tests.</summary>
internal static partial class SolutionRules
{
    public static IEnumerable<string> Violations(string solution, IReadOnlyList<ProjectFile> projects)
    {
        Dictionary<string, string> guids = ProjectLine().Matches(solution)
            .ToDictionary(match => match.Groups["path"].Value.Replace('\\', '/'), match => match.Groups["guid"].Value);
        foreach (ProjectFile project in projects)
        {
            if (!guids.TryGetValue(project.Path, out string? guid))
            {
                yield return $"{project.Path}: not in Engine.sln";
            }
            else if (!solution.Contains($"{guid}.Release|Any CPU.Build.0", StringComparison.Ordinal))
            {
                yield return $"{project.Path}: Engine.sln does not build it in Release";
            }
        }

        foreach (string path in guids.Keys.Except(projects.Select(project => project.Path)))
        {
            yield return $"{path}: in Engine.sln but not on disk";
        }
    }

    public static IEnumerable<string> Untested(IReadOnlyList<ProjectFile> projects) =>
        projects.Where(project => project.IsUnder("src"))
            .Where(project => projects.All(other => other.Path != $"tests/{project.Name}.Tests/{project.Name}.Tests.csproj"))
            .Select(project => $"{project.Path}: has no {project.Name}.Tests");

    [GeneratedRegex(
        """^Project\("[^"]*"\) = "[^"]*", "(?<path>[^"]*\.csproj)", "(?<guid>[^"]*)"\s""", RegexOptions.Multiline)]
    private static partial Regex ProjectLine();
}
