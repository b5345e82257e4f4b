namespace Engine.Architecture.Tests;

public class ContentTests
{
    [Fact]
    public void NoFileHoldsABannedWord() => Rule.Holds(Repository.Text.SelectMany(ContentRules.Words));

    [Fact]
    public void NativeImportsStayInOneProject() => Rule.Holds(Repository.CSharp.SelectMany(ContentRules.Imports));

    [Fact]
    public void UnmanagedMemoryStaysInOneProject() => Rule.Holds(Repository.CSharp.SelectMany(ContentRules.Allocations));

    [Fact]
    public void NothingWaitsForTimeOrIsAStub() => Rule.Holds(Repository.CSharp.SelectMany(ContentRules.Calls));

    [Fact]
    public void NoCatchIsEmpty() => Rule.Holds(Repository.CSharp.SelectMany(ContentRules.EmptyCatches));

    [Fact]
    public void LibrariesDoNotPrint() => Rule.Holds(Repository.CSharp.SelectMany(ContentRules.Printing));

    [Theory]
    [InlineData("// TO" + "DO: later", "unfinished work")]
    [InlineData("/* FIX" + "ME */", "unfinished work")]
    [InlineData("see " + "#12 for why", "number of an issue")]
    [InlineData("// as iss" + "ue 12 says", "number of an issue")]
    [InlineData("cp a /wo" + "rk/main", "path of one machine")]
    [InlineData("path=/ho" + "me/somebody/x", "path of one machine")]
    [InlineData("<add value=\"http://feed.example" + ":8080/v3\" />", "host of one machine")]
    public void ABannedWordIsFound(string text, string expected) =>
        Rule.Finds(expected, ContentRules.Words(new SourceFile("README.md", text)));

    [Theory]
    [InlineData("an issue of 4 KiB, artifacts/work/x, case #3, https://example.org/a")]
    [InlineData("int todoCount; // hackney")]
    public void AnInnocentLinePasses(string text) => Rule.Holds(ContentRules.Words(new SourceFile("README.md", text)));

    [Theory]
    [InlineData("[DllImport(\"c\")] static extern int f();")]
    [InlineData("[System.Runtime.InteropServices.LibraryImportAttribute(\"c\")] static partial int f();")]
    public void AnImportElsewhereIsFound(string member)
    {
        string text = $"class A {{ {member} }}";
        Rule.Finds("a native import", ContentRules.Imports(new SourceFile("src/Engine.Devices/A.cs", text)));
        Rule.Holds(ContentRules.Imports(new SourceFile("src/Engine.Native/A.cs", text)));
    }

    [Theory]
    [InlineData("NativeMemory.AlignedAlloc(1, 1)")]
    [InlineData("System.Runtime.InteropServices.NativeMemory.AllocZeroed(1)")]
    [InlineData("Marshal.AllocHGlobal(1)")]
    public void AnAllocationElsewhereIsFound(string call)
    {
        string text = $"class A {{ object F() => {call}; }}";
        Rule.Finds("outside Engine.Buffers", ContentRules.Allocations(new SourceFile("src/Engine.Cache/A.cs", text)));
        Rule.Holds(ContentRules.Allocations(new SourceFile("src/Engine.Buffers/A.cs", text)));
    }

    [Theory]
    [InlineData("Thread.Sleep(1)")]
    [InlineData("System.Threading.Thread.Sleep(1)")]
    [InlineData("await Task.Delay(1)")]
    [InlineData("throw new System.NotImplementedException()")]
    public void ABannedCallIsFound(string call)
    {
        Rule.Finds("is banned", ContentRules.Calls(new SourceFile("tests/A.cs", $"class A {{ void F() {{ {call}; }} }}")));
        Rule.Holds(ContentRules.Calls(new SourceFile("tests/A.cs", $"class A {{ /* {call} */ string F = \"{call}\"; }}")));
    }

    [Theory]
    [InlineData("catch { }")]
    [InlineData("catch (IOException) { /* never mind */ }")]
    public void AnEmptyCatchIsFound(string clause)
    {
        string text = $"class A {{ void F() {{ try {{ }} {clause} }} }}";
        Rule.Finds("an empty catch", ContentRules.EmptyCatches(new SourceFile("src/A.cs", text)));
    }

    [Fact]
    public void APrintingLibraryIsFound()
    {
        const string text = "class A { void F() => Console.WriteLine(); }";
        Rule.Finds("outside Engine.Cli", ContentRules.Printing(new SourceFile("src/Engine.Cache/A.cs", text)));
        Rule.Holds(ContentRules.Printing(new SourceFile("src/Engine.Cli/A.cs", text)));
    }
}
