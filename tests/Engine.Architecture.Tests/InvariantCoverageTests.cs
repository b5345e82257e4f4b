using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Engine.Architecture.Tests;

/// <summary>Every invariant of the groups that a rank is checked against is reported by some check and planted in a row of some
/// test's data, under its number; or it is named, with the reason, as one that takes two ranks. That the row of that number
/// plants it is not seen here: the test that has the row shows it. Source: migrator specification, section 6.</summary>
public partial class InvariantCoverageTests
{
    private const string Table = "tests/Engine.Simulation/World/Invariants.cs";

    private static readonly (char Group, int Count)[] s_groups =
        [('A', 8), ('M', 4), ('F', 6), ('P', 2), ('N', 5), ('J', 7), ('C', 7)];

    private static string[] Numbers =>
        [.. s_groups.SelectMany(group => Enumerable.Range(1, group.Count).Select(number => $"{group.Group}{number}"))];

    [Fact]
    public void EveryInvariantIsCheckedAndPlanted() => Rule.Holds(Missing(Repository.CSharp, Numbers));

    [Fact]
    public void WhatIsMissingIsFound()
    {
        SourceFile check =
            new("src/Engine.Metadata/A.cs", """class A { void B() { Expect("A1"); Say($"A2: {1}"); Expect("A4"); } }""");
        SourceFile plants = new("tests/A.Tests/A.cs", """
            class A
            {
                static TheoryData<string> Rows { get; } = new() { { "A1", "a" }, { "A3", "b" }, { "A5", "c" } };
                [InlineData("A2")] void B() => Assert.Contains(found, item => item == "A4");
            }
            """);
        SourceFile table = new(Table, """class A { object B = new Map { ["A5"] = "Takes two.", ["A6"] = "Takes two." }; }""");
        SourceFile[] all = [check, plants, table];
        Rule.Holds(Missing(all, ["A1", "A2", "A6"]));
        Rule.Finds("A3 is not checked", Missing(all, ["A3"]));
        Rule.Finds("A4 is planted nowhere", Missing(all, ["A4"]));
        Rule.Finds("A5 is planted, and said to take two ranks", Missing(all, ["A5"]));
    }

    private static IEnumerable<string> Missing(IReadOnlyList<SourceFile> files, string[] numbers)
    {
        HashSet<string> reasons = [.. files.Where(file => file.Path == Table).SelectMany(Reasons)];
        HashSet<string> planted = [.. files.Where(IsOfTests).SelectMany(Planted)];
        HashSet<string> reported = [.. files.Where(IsCheck).SelectMany(Reported)];
        foreach (string number in numbers)
        {
            if (reasons.Contains(number) && planted.Contains(number))
                yield return $"{number} is planted, and said to take two ranks";
            if (reasons.Contains(number))
                continue;
            if (!reported.Contains(number))
                yield return $"{number} is not checked";
            if (!planted.Contains(number))
                yield return $"{number} is planted nowhere";
        }
    }

    private static bool IsOfTests(SourceFile file) => file.IsUnder("tests")
        && file.Path.Contains(".Tests/", StringComparison.Ordinal)
        && !file.Path.StartsWith("tests/Engine.Architecture.Tests/", StringComparison.Ordinal);

    private static bool IsCheck(SourceFile file) => file.Path != Table
        && (file.Path.StartsWith("src/Engine.Metadata/", StringComparison.Ordinal)
            || file.Path.StartsWith("tests/Engine.Simulation/", StringComparison.Ordinal));

    private static IEnumerable<string> Reasons(SourceFile file) => file.Unit.DescendantNodes()
        .OfType<ImplicitElementAccessSyntax>()
        .SelectMany(access => access.DescendantNodes().OfType<LiteralExpressionSyntax>())
        .Select(literal => literal.Token.ValueText);

    /// <summary>Rows of data: what a test hands to itself, not what it looks for.</summary>
    private static IEnumerable<string> Planted(SourceFile file) => file.Unit.DescendantNodes()
        .OfType<LiteralExpressionSyntax>()
        .Where(literal => literal.IsKind(SyntaxKind.StringLiteralExpression))
        .Where(literal => literal.Parent is InitializerExpressionSyntax
            || literal.FirstAncestorOrSelf<AttributeSyntax>()?.Name.ToString() == "InlineData")
        .Select(literal => literal.Token.ValueText);

    /// <summary>A number by itself, or at the start of what is said.</summary>
    private static IEnumerable<string> Reported(SourceFile file) =>
        NumberAtStart().Matches(file.Text).Select(match => match.Groups["number"].Value);

    [GeneratedRegex("\"(?<number>[A-Z][1-9])(\"|: )")]
    private static partial Regex NumberAtStart();
}
