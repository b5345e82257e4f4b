namespace Engine.Architecture.Tests;

/// <summary>Which project may reference which: references point one way only.</summary>
internal static class ReferenceRules
{
    private const string Cli = "Engine.Cli";
    private const string Testing = "Engine.Testing";
    private const string Simulation = "Engine.Simulation";

    /// <summary>The whole table, projects to come included; a project that is not here does not belong in src.</summary>
    private static readonly Dictionary<string, string[]> s_table = new()
    {
        ["Engine.Native"] = [],
        ["Engine.Buffers"] = ["Engine.Native"],
        ["Engine.Objects"] = ["Engine.Buffers"],
        ["Engine.Devices"] = ["Engine.Native", "Engine.Buffers"],
        ["Engine.Cache"] = ["Engine.Buffers", "Engine.Objects"],
        ["Engine.Stores"] = ["Engine.Buffers", "Engine.Objects", "Engine.Devices"],
        ["Engine.Rados"] = ["Engine.Buffers", "Engine.Objects"],
        ["Engine.Volumes"] = ["Engine.Buffers", "Engine.Objects", "Engine.Cache"],
        ["Engine.Load"] = ["Engine.Volumes", "Engine.Stores", "Engine.Devices", "Engine.Buffers"],
        ["Engine.Nbd"] = ["Engine.Volumes", "Engine.Native"],
        ["Engine.Interop"] = ["Engine.Volumes", "Engine.Stores", "Engine.Devices", "Engine.Rados"],
        ["Engine.Metadata"] = ["Engine.Buffers", "Engine.Objects"],
        ["Engine.Migration"] = ["Engine.Buffers", "Engine.Metadata"],
        ["Engine.Cluster"] =
            ["Engine.Native", "Engine.Migration", "Engine.Metadata", "Engine.Objects", "Engine.Buffers"],
    };

    public static IEnumerable<string> Violations(IReadOnlyList<ProjectFile> projects) =>
        projects.SelectMany(project => OfPlace(project).Concat(OfReferences(project)).Concat(OfFriends(project)));

    private static IEnumerable<string> OfPlace(ProjectFile project)
    {
        string expected = $"{project.Path.Split('/')[0]}/{project.Name}/{project.Name}.csproj";
        if (project.Path != expected)
        {
            yield return $"{project.Path}: a project lies at {expected}";
        }

        if (project.IsUnder("src") && project.Name != Cli && !s_table.ContainsKey(project.Name))
        {
            yield return $"{project.Path}: not in the table of projects";
        }

        if (project.IsUnder("src") && project.IsExe != (project.Name == Cli))
        {
            yield return $"{project.Path}: {Cli} is the only executable in src";
        }
    }

    private static IEnumerable<string> OfReferences(ProjectFile project) =>
        project.References.Where(reference => !MayReference(project, reference))
            .Select(reference => $"{project.Path}: must not reference {reference}");

    private static IEnumerable<string> OfFriends(ProjectFile project) =>
        project.Friends.Where(friend => !IsTest(friend) && !s_table.GetValueOrDefault(friend, []).Contains(project.Name))
            .Select(friend => $"{project.Path}: {friend} sees its internals but may not reference it");

    private static bool MayReference(ProjectFile project, string reference)
    {
        bool isLibrary = s_table.ContainsKey(reference);
        return project.Path.Split('/')[0] switch
        {
            "src" => project.Name == Cli ? isLibrary : s_table.GetValueOrDefault(project.Name, []).Contains(reference),
            "bench" => isLibrary,
            "tests" => project.Name == Testing ? isLibrary : isLibrary || reference is Cli or Testing or Simulation,
            _ => false,
        };
    }

    private static bool IsTest(string name) => name == Testing || name.EndsWith("Tests", StringComparison.Ordinal);
}
