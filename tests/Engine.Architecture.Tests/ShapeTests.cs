namespace Engine.Architecture.Tests;

public class ShapeTests
{
    [Fact]
    public void AFileHoldsOnePublicTypeOfItsName() => Rule.Holds(Repository.CSharp.SelectMany(ShapeRules.TypesOf));

    [Fact]
    public void PublicTypesHaveSummaries() => Rule.Holds(ShapeRules.Undocumented(Repository.Sources));

    [Fact]
    public void LongFilesOpenWithAComment() => Rule.Holds(
        Repository.Text.Where(file => file.IsCSharp || file.IsC || file.IsShell).SelectMany(ShapeRules.WithoutHeader));

    [Fact]
    public void TypesAreNotSplitByRegion() => Rule.Holds(Repository.CSharp.SelectMany(ShapeRules.Regions));

    [Theory]
    [InlineData("A.cs", "public class A { } public enum B { }", "2 public types (A, B)")]
    [InlineData("B.cs", "namespace N; internal class A { }", "no type in it has the file's name")]
    [InlineData("A.Role.cs", "public class B { } internal class A { }", "no type in it has the file's name")]
    [InlineData("A.cs", "namespace N { public delegate void D(); public struct A { } }", "2 public types (D, A)")]
    public void AWrongFileIsFound(string name, string text, string expected) =>
        Rule.Finds(expected, ShapeRules.TypesOf(new SourceFile("src/" + name, text)));

    [Theory]
    [InlineData("A.Role.cs", "public partial class A<T> { public class Inner { } } internal class Helper { }")]
    [InlineData("Program.cs", "System.Console.WriteLine(1);")]
    public void ARightFilePasses(string name, string text) =>
        Rule.Holds(ShapeRules.TypesOf(new SourceFile("src/" + name, text)));

    [Theory]
    [InlineData("namespace N; public class A { }", "N.A has no summary")]
    [InlineData("/// <summary>Words.</summary>\npublic class A { public enum E { } }", "A.E has no summary")]
    [InlineData("// Words.\npublic delegate void A();", "A has no summary")]
    public void AMissingSummaryIsFound(string text, string expected) =>
        Rule.Finds(expected, ShapeRules.Undocumented([new SourceFile("src/A.cs", text)]));

    [Fact]
    public void OnePartOfAPartialTypeMayCarryTheSummary() => Rule.Holds(ShapeRules.Undocumented(
        [new SourceFile("A.cs", "/// <summary>Words.</summary>\npublic partial class A { }"),
            new SourceFile("A.Role.cs", "public partial class A { class Hidden { public class B { } } }")]));

    [Theory]
    [InlineData("src/A.cs", "namespace N;\nclass A {")]
    [InlineData("native/a.c", "int x;")]
    [InlineData("tests/tools/a.sh", "#!/bin/sh\nset -e")]
    public void ALongFileWithoutAHeaderIsFound(string path, string opening)
    {
        string rest = new string('\n', ShapeRules.HeaderFromLines) + "}";
        Rule.Finds("no opening comment", ShapeRules.WithoutHeader(new SourceFile(path, opening + rest)));
        string comment = path.EndsWith(".sh", StringComparison.Ordinal) ? "# Words.\n" : "// Words.\n";
        Rule.Holds(ShapeRules.WithoutHeader(new SourceFile(path, comment + opening + rest)));
    }

    [Fact]
    public void ARegionIsFound() => Rule.Finds(
        "a region", ShapeRules.Regions(new SourceFile("src/A.cs", "class A {\n#region Words\n#endregion\n}")));
}
