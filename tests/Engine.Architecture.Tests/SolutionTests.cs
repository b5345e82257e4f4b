namespace Engine.Architecture.Tests;

public class SolutionTests
{
    private const string OneProject = """
        Project("{FAE0}") = "Engine.A", "src\Engine.A\Engine.A.csproj", "{1111}"
        EndProject
            {1111}.Release|Any CPU.Build.0 = Release|Any CPU
        """;

    private static readonly ProjectFile s_project = new("src/Engine.A/Engine.A.csproj", [], [], [], false);

    [Fact]
    public void EveryProjectIsInTheSolution() =>
        Rule.Holds(SolutionRules.Violations(Repository.Get("Engine.sln").Text, Repository.Projects));

    [Fact]
    public void EveryProjectInSrcHasTests() => Rule.Holds(SolutionRules.Untested(Repository.Projects));

    [Fact]
    public void AGoodSolutionPasses() => Rule.Holds(SolutionRules.Violations(OneProject, [s_project]));

    [Fact]
    public void AMissingProjectIsFound() => Rule.Finds(
        "Engine.B.csproj: not in Engine.sln",
        SolutionRules.Violations(OneProject, [s_project, s_project with { Path = "src/Engine.B/Engine.B.csproj" }]));

    [Fact]
    public void AProjectThatReleaseLeavesOutIsFound() => Rule.Finds(
        "does not build it in Release",
        SolutionRules.Violations(OneProject.Replace("Build.0", "ActiveCfg", StringComparison.Ordinal), [s_project]));

    [Fact]
    public void AProjectThatIsGoneIsFound() => Rule.Finds("not on disk", SolutionRules.Violations(OneProject, []));

    [Fact]
    public void AnUntestedProjectIsFound() => Rule.Finds("has no Engine.A.Tests", SolutionRules.Untested([s_project]));
}
