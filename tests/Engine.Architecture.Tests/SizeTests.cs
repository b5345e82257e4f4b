namespace Engine.Architecture.Tests;

public class SizeTests
{
    private const string Ratchet = "tests/Engine.Architecture.Tests/size-ratchet.txt";

    private static IEnumerable<SourceFile> Code =>
        Repository.Text.Where(file => file.IsCSharp || file.IsC || file.IsShell);

    [Fact]
    public void FilesAndMethodsStayUnderTheirCeilings() => Rule.Holds(
        SizeRules.Violations(SizeRules.Oversized(Code), SizeRules.ParseRatchet(Repository.Get(Ratchet).Text)));

    [Fact]
    public void LinesStayUnderTheirCeiling() => Rule.Holds(Code.SelectMany(SizeRules.LongLines));

    [Fact]
    public void ALongFileIsFound()
    {
        SourceFile file = new("src/A.cs", new string('\n', SizeRules.FileLinesMax) + "// end");
        Assert.Equal(SizeRules.FileLinesMax + 1, SizeRules.Oversized([file])["src/A.cs"]);
        Assert.Empty(SizeRules.Oversized([new SourceFile("src/A.cs", file.Text[1..])]));
    }

    [Theory]
    [InlineData("void M() {", "A.M")]
    [InlineData("A() {", "A.constructor")]
    [InlineData("int P { get {", "A.P.get")]
    [InlineData("void M() { void L() {", "A.L")]
    public void ALongMethodIsFound(string opening, string name)
    {
        string closing = new('}', opening.Count(letter => letter == '{'));
        string text = $"class A {{ {opening}{new string('\n', SizeRules.MethodLinesMax)}{closing} }}";
        Assert.Equal(SizeRules.MethodLinesMax + 1, SizeRules.Oversized([new SourceFile("src/A.cs", text)])["src/A.cs::" + name]);
    }

    [Theory]
    [InlineData("static int eio_f(int a)\n{", "eio_f")]
    [InlineData("int *eio_g(void) {", "eio_g")]
    public void ALongCFunctionIsFound(string opening, string name)
    {
        string text = opening + new string('\n', SizeRules.MethodLinesMax) + "}\n";
        Assert.Contains("native/a.c::" + name, SizeRules.Oversized([new SourceFile("native/a.c", text)]).Keys);
    }

    [Fact]
    public void DocumentationIsNotPartOfAMethod()
    {
        string comment = string.Concat(Enumerable.Repeat("/// words\n", SizeRules.MethodLinesMax));
        Assert.Empty(SizeRules.Oversized([new SourceFile("src/A.cs", $"class A {{\n{comment}void M() {{ }} }}")]));
    }

    [Theory]
    [InlineData("# nothing", "the ceiling is 60")]
    [InlineData("src/A.cs::A.M 69", "grew from 69 to 70")]
    [InlineData("src/A.cs::A.M 71", "shrank from 71 to 70")]
    public void TheRatchetHoldsInBothDirections(string ratchet, string expected) => Rule.Finds(
        expected,
        SizeRules.Violations(new Dictionary<string, int> { ["src/A.cs::A.M"] = 70 }, SizeRules.ParseRatchet(ratchet)));

    [Fact]
    public void ARatchetEntryWithoutNeedIsFound() => Rule.Finds(
        "no longer over its ceiling",
        SizeRules.Violations(new Dictionary<string, int>(), SizeRules.ParseRatchet("src/A.cs 500")));

    [Fact]
    public void ALongLineIsFound() => Rule.Finds(
        "src/A.cs:2", SizeRules.LongLines(new SourceFile("src/A.cs", "\n" + new string('x', SizeRules.ColumnsMax + 1))));
}
