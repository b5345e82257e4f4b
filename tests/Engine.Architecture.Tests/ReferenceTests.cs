namespace Engine.Architecture.Tests;

public class ReferenceTests
{
    [Fact]
    public void ProjectsReferenceOnlyWhatTheTableAllows() => Rule.Holds(ReferenceRules.Violations(Repository.Projects));

    [Fact]
    public void TheTableIsNotEmptyHanded() =>
        Assert.True(Repository.Projects.Count(project => project.IsUnder("src") && project.References.Count > 0) >= 6);

    [Theory]
    [InlineData("src/Engine.Cache/Engine.Cache.csproj", "Engine.Stores", "must not reference Engine.Stores")]
    [InlineData("src/Engine.Objects/Engine.Objects.csproj", "Engine.Testing", "must not reference Engine.Testing")]
    [InlineData("src/Engine.Load/Engine.Load.csproj", "Engine.Cli", "must not reference Engine.Cli")]
    [InlineData("bench/Engine.Bench.Data/Engine.Bench.Data.csproj", "Engine.Testing", "must not reference Engine.Testing")]
    [InlineData("tests/Engine.Testing/Engine.Testing.csproj", "Engine.Cli", "must not reference Engine.Cli")]
    [InlineData("tests/Engine.Cache.Tests/Engine.Cache.Tests.csproj", "Engine.Load.Tests", "must not reference")]
    public void AReferenceAgainstTheTableIsFound(string path, string reference, string expected) =>
        Rule.Finds(expected, ReferenceRules.Violations([Project(path, reference)]));

    [Fact]
    public void AProjectOutsideTheTableIsFound() =>
        Rule.Finds("not in the table", ReferenceRules.Violations([Project("src/Engine.Extra/Engine.Extra.csproj")]));

    [Fact]
    public void AProjectInAFolderOfAnotherNameIsFound() =>
        Rule.Finds("a project lies at", ReferenceRules.Violations([Project("src/Cache/Engine.Cache.csproj")]));

    [Fact]
    public void ASecondExecutableIsFound() => Rule.Finds(
        "only executable", ReferenceRules.Violations([Project("src/Engine.Cache/Engine.Cache.csproj") with { IsExe = true }]));

    [Fact]
    public void AFriendAgainstTheTableIsFound() => Rule.Finds(
        "Engine.Volumes sees its internals",
        ReferenceRules.Violations([Project("src/Engine.Native/Engine.Native.csproj") with { Friends = ["Engine.Volumes"] }]));

    [Fact]
    public void ReferencesAreReadFromTheProjectFile()
    {
        SourceFile file = new("src/Engine.A/Engine.A.csproj", """
            <Project><ItemGroup>
              <ProjectReference Include="..\Engine.B\Engine.B.csproj" />
              <InternalsVisibleTo Include="Engine.C" />
              <PackageReference Include="Some.Package" Version="1.0.0" />
            </ItemGroup></Project>
            """);
        ProjectFile project = ProjectFile.Parse(file);
        Assert.Equal(["Engine.B"], project.References);
        Assert.Equal(["Engine.C"], project.Friends);
        Assert.Equal(["Some.Package"], project.InlineVersions);
    }

    private static ProjectFile Project(string path, params string[] references) => new(path, references, [], [], false);
}
