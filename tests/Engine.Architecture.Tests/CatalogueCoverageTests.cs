using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Engine.Architecture.Tests;

/// <summary>Every case of the object cacher's catalogue that is due has a test that carries its number: OC019_Words.</summary>
public partial class CatalogueCoverageTests
{
    private static readonly (int First, int Last)[] s_due =
    [
        (1, 28), (30, 30), (32, 33), (35, 44), (52, 55), (69, 76), (87, 94), (96, 99), (102, 107), (113, 114), (116, 119),
        (121, 123), (125, 125), (134, 140),
    ];

    [Fact]
    public void EveryDueCaseHasATest() => Rule.Holds(
        Missing([.. Repository.CSharp.Where(file => file.IsUnder("tests"))], s_due));

    [Fact]
    public void AMissingCaseIsFound()
    {
        SourceFile file = new("tests/A.cs", """
            class A
            {
                [Fact] public void OC001_Words() { }
                public void OC002_NotATest() { }
                [Theory] public void OC003_OC004_Words() { }
            }
            """);
        Rule.Finds("OC002", Missing([file], [(1, 3)]));
        Rule.Holds(Missing([file], [(3, 4)]));
    }

    private static IEnumerable<string> Missing(IReadOnlyList<SourceFile> files, (int First, int Last)[] due)
    {
        HashSet<int> found = [.. files.SelectMany(file => file.Unit.DescendantNodes().OfType<MethodDeclarationSyntax>())
            .Where(AssertionRules.IsTest)
            .SelectMany(method => CaseNumber().Matches(method.Identifier.Text))
            .Select(match => int.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture))];
        return due.SelectMany(range => Enumerable.Range(range.First, range.Last - range.First + 1))
            .Where(number => !found.Contains(number))
            .Select(number => $"no test carries OC{number:D3}");
    }

    [GeneratedRegex(@"\GOC(?<number>\d{3})_")]
    private static partial Regex CaseNumber();
}
