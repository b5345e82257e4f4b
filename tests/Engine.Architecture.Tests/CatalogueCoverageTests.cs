using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Engine.Architecture.Tests;

/// <summary>Every case of the catalogues that is due has a test that carries its number: OC019_Words of the object cacher's,
/// MG111_Words of the metadata plane's. A case of the latter's that is not due is named with what it takes beside a rank alone.
/// </summary>
public partial class CatalogueCoverageTests
{
    private static readonly Cases[] s_cacherDue =
    [
        new(1, 28), new(30, 30), new(32, 33), new(35, 44), new(52, 55), new(69, 76), new(87, 94), new(96, 99), new(102, 107),
        new(113, 114), new(116, 119), new(121, 123), new(125, 125), new(134, 140),
    ];

    private static readonly Cases[] s_planeDue =
    [
        new(1, 5), new(7, 13), new(15, 18), new(20, 26), new(28, 29), new(31, 35), new(37, 44), new(46, 49), new(51, 51),
        new(53, 57), new(59, 62), new(64, 65), new(67, 71), new(73, 76), new(78, 82), new(84, 87), new(89, 92),
        new(94, 94), new(96, 98), new(100, 101), new(103, 103), new(105, 109), new(111, 111), new(113, 113), new(116, 116),
        new(121, 123), new(125, 127), new(131, 132), new(134, 136), new(138, 142), new(144, 144),
        new(146, 148),
    ];

    /// <summary>What no test shows yet.</summary>
    private static readonly Later[] s_planeLater =
    [
        new("locks in every state", [new(52, 52)]),
        new("ancestors that are renamed meanwhile, and changes of two ranks", [new(95, 95), new(120, 120)]),
        new("parts of what is sent, and heads of segments", [new(102, 102), new(112, 112)]),
        new("what ranks claim when they resolve", [new(114, 114), new(117, 117), new(119, 119)]),
        new("migrations of a size", [new(128, 129), new(133, 133)]),
        new("daemons for long", [new(145, 145)]),
    ];

    [Fact]
    public void EveryDueCaseOfTheCacherHasATest() => Rule.Holds(Missing("OC", Tests, s_cacherDue));

    [Fact]
    public void EveryDueCaseOfThePlaneHasATest() => Rule.Holds(Missing("MG", Tests, s_planeDue));

    /// <summary>The numbers of the migrator specification, section 9: all but its gaps, each once.</summary>
    [Fact]
    public void EveryCaseOfThePlaneIsDueOrTakesMore()
    {
        const int Last = 148;
        int[] gaps = [6, 14, 19, 27, 30, 36, 45, 50, 58, 63, 66, 72, 77, 83, 88, 93, 99, 104, 110, 115, 118, 124, 130, 137, 143];
        Assert.Equal(
            Enumerable.Range(1, Last).Except(gaps),
            Numbers([.. s_planeDue, .. s_planeLater.SelectMany(later => later.Cases)]).Order());
        Assert.All(s_planeLater, later => Assert.NotEmpty(later.Takes));
    }

    [Fact]
    public void AMissingCaseIsFound()
    {
        SourceFile file = new("tests/A.cs", """
            class A
            {
                [Fact] public void OC001_Words() { }
                public void OC002_NotATest() { }
                [Theory] public void OC003_OC004_Words() { }
                [Fact] public void MG002_Words() { }
            }
            """);
        Rule.Finds("OC002", Missing("OC", [file], [new(1, 3)]));
        Rule.Holds(Missing("OC", [file], [new(3, 4)]));
        Rule.Finds("MG001", Missing("MG", [file], [new(1, 2)]));
        Rule.Holds(Missing("MG", [file], [new(2, 2)]));
    }

    private static IReadOnlyList<SourceFile> Tests => [.. Repository.CSharp.Where(file => file.IsUnder("tests"))];

    private static IEnumerable<string> Missing(string catalogue, IReadOnlyList<SourceFile> files, Cases[] due)
    {
        HashSet<string> found = [.. files.SelectMany(file => file.Unit.DescendantNodes().OfType<MethodDeclarationSyntax>())
            .Where(AssertionRules.IsTest)
            .SelectMany(method => CaseNumber().Matches(method.Identifier.Text))
            .Select(match => match.Groups["case"].Value)];
        return Numbers(due)
            .Select(number => string.Create(CultureInfo.InvariantCulture, $"{catalogue}{number:D3}"))
            .Where(name => !found.Contains(name))
            .Select(name => $"no test carries {name}");
    }

    private static IEnumerable<int> Numbers(IEnumerable<Cases> cases) =>
        cases.SelectMany(range => Enumerable.Range(range.First, range.Last - range.First + 1));

    [GeneratedRegex(@"\G(?<case>(OC|MG)\d{3})_")]
    private static partial Regex CaseNumber();

    private sealed record Cases(int First, int Last);

    /// <summary>Cases that are not due.</summary>
    /// <param name="Takes">What they take.</param>
    /// <param name="Cases">Which.</param>
    private sealed record Later(string Takes, Cases[] Cases);
}
