namespace Engine.Architecture.Tests;

public class PackageTests
{
    private const string Central = """
        <Project><PropertyGroup><ManagePackageVersionsCentrally>true</ManagePackageVersionsCentrally></PropertyGroup>
        <ItemGroup><PackageVersion Include="Some.Package" Version="1.2.3" /></ItemGroup></Project>
        """;

    [Fact]
    public void VersionsAreCentralAndExact() =>
        Rule.Holds(PackageRules.Versions(Repository.Get("Directory.Packages.props").Text, Repository.Projects));

    [Fact]
    public void BannedSymbolsAreListedAndInUse() => Rule.Holds(PackageRules.BannedSymbols(
        Repository.Get("src/BannedSymbols.txt").Text, Repository.Get("src/Directory.Build.props").Text));

    [Fact]
    public void WarningsAreErrors()
    {
        string props = Repository.Get("Directory.Build.props").Text;
        Assert.Contains("<TreatWarningsAsErrors>true</TreatWarningsAsErrors>", props, StringComparison.Ordinal);
        Assert.Contains("<Nullable>enable</Nullable>", props, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.2.*")]
    [InlineData("*")]
    [InlineData("[1.2.3,2.0)")]
    [InlineData("")]
    public void AnInexactVersionIsFound(string version) => Rule.Finds(
        "no exact version", PackageRules.Versions(Central.Replace("1.2.3", version, StringComparison.Ordinal), []));

    [Fact]
    public void AVersionInAProjectIsFound() => Rule.Finds(
        "belongs into Directory.Packages.props",
        PackageRules.Versions(Central, [new ProjectFile("src/Engine.A/Engine.A.csproj", [], [], ["Some.Package"], false)]));

    [Fact]
    public void DecentralVersionsAreFound() => Rule.Finds(
        "not managed centrally", PackageRules.Versions(Central.Replace("true", "false", StringComparison.Ordinal), []));

    [Fact]
    public void AnEmptyBanListIsFound()
    {
        const string props = "Microsoft.CodeAnalysis.BannedApiAnalyzers BannedSymbols.txt";
        Assert.NotEmpty(PackageRules.BannedSymbols("", props));
        string list = Repository.Get("src/BannedSymbols.txt").Text;
        Rule.Finds("does not use the list", PackageRules.BannedSymbols(list, "<Project />"));
        string shorter = list.Replace("M:System.Guid.NewGuid", "", StringComparison.Ordinal);
        Rule.Finds("NewGuid is missing", PackageRules.BannedSymbols(shorter, props));
    }
}
