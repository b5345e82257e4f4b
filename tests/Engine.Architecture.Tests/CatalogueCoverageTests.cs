// Which cases of the two catalogues, and which defects of the seed, have tests: what is due has one that carries its number, what
// is not due has none and is named with what it takes; every number is the one or the other.

using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Engine.Architecture.Tests;

/// <summary>Every case of the catalogues that is due has a test that carries its number: OC019_Words of the object cacher's,
/// MG111_Words of the metadata plane's, OD034b_Words the seed's defects. A case that is not due is named with what it takes.
/// </summary>
public partial class CatalogueCoverageTests
{
    private static readonly Cases[] s_cacherDue =
    [
        new(1, 30), new(32, 33), new(35, 44), new(52, 56), new(69, 82), new(84, 94), new(96, 107),
        new(110, 123), new(125, 127), new(129, 129), new(131, 131), new(133, 142),
        new(145, 148), new(150, 152), new(156, 156), new(164, 164),
    ];

    /// <summary>What no test shows yet.</summary>
    private static readonly Later[] s_cacherLater =
    [
        new("snapshots and their contexts", [new(31, 31), new(45, 47)]),
        new("hints", [new(34, 34), new(132, 132)]),
        new("journal ids", [new(48, 51)]),
        new("presence of objects", [new(57, 68), new(130, 130)]),
        new("scattered writes", [new(83, 83), new(108, 108)]),
        new("flushes that give way", [new(109, 109)]),
        new("queries at a size", [new(124, 124)]),
        new("a limit of objects", [new(128, 128), new(144, 144)]),
        new("the original's stress test", [new(143, 143)]),
        new("threads against the model", [new(149, 149)]),
        new("faults and crashes", [new(153, 155), new(157, 158)]),
        new("figures: questions of the benchmark carry them", [new(95, 95), new(159, 162)]),
        new("a soak", [new(163, 163)]),
    ];

    /// <summary>Defects of the seed, section 4 of the object cacher's specification: each has a test, OD019_Words.</summary>
    private static readonly string[] s_defectsDue =
    [
        .. Defects(1, 2), "002b", .. Defects(6, 10), .. Defects(12, 16), .. Defects(19, 22), .. Defects(24, 29),
        "031", .. Defects(33, 34), "034b", .. Defects(35, 38), .. Defects(40, 42), .. Defects(44, 50),
    ];

    /// <summary>Those that need what is not there yet to show themselves.</summary>
    private static readonly string[] s_defectsLater =
    [
        .. Defects(3, 5), "011", .. Defects(17, 18), "023", "030", "032", "039", "043", "051",
    ];

    private static readonly Cases[] s_planeDue =
    [
        new(1, 5), new(7, 13), new(15, 18), new(20, 26), new(28, 29), new(31, 35), new(37, 44), new(46, 49), new(51, 52),
        new(53, 57), new(59, 62), new(64, 65), new(67, 71), new(73, 76), new(78, 82), new(84, 87), new(89, 92),
        new(94, 98), new(100, 103), new(105, 109), new(111, 114), new(116, 117), new(119, 123), new(125, 129),
        new(131, 136), new(138, 142), new(144, 148),
    ];

    [Fact]
    public void EveryDueCaseOfTheCacherHasATest() => Rule.Holds(Missing("OC", Tests, Labels(s_cacherDue)));

    [Fact]
    public void EveryDueDefectOfTheCacherHasATest() => Rule.Holds(Missing("OD", Tests, s_defectsDue));

    /// <summary>What has a test is due from then on: the test must not get lost.</summary>
    [Fact]
    public void NoLaterCaseOfTheCacherHasATest()
    {
        Rule.Holds(Early("OC", Tests, Labels(s_cacherLater.SelectMany(later => later.Cases))));
        Rule.Holds(Early("OD", Tests, s_defectsLater));
    }

    /// <summary>The numbers of the object cacher's specification, sections 4 and 6: each once.</summary>
    [Fact]
    public void EveryCaseAndDefectOfTheCacherIsDueOrTakesMore()
    {
        Assert.Equal(
            Enumerable.Range(1, 164), Numbers([.. s_cacherDue, .. s_cacherLater.SelectMany(later => later.Cases)]).Order());
        Assert.All(s_cacherLater, later => Assert.NotEmpty(later.Takes));
        Assert.Equal(
            Defects(1, 51).Append("002b").Append("034b").Order(StringComparer.Ordinal),
            s_defectsDue.Concat(s_defectsLater).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void EveryDueCaseOfThePlaneHasATest() => Rule.Holds(Missing("MG", Tests, Labels(s_planeDue)));

    /// <summary>The numbers of the migrator specification, section 9: all but its gaps, each once.</summary>
    [Fact]
    public void EveryCaseOfThePlaneIsDue()
    {
        const int Last = 148;
        int[] gaps = [6, 14, 19, 27, 30, 36, 45, 50, 58, 63, 66, 72, 77, 83, 88, 93, 99, 104, 110, 115, 118, 124, 130, 137, 143];
        Assert.Equal(Enumerable.Range(1, Last).Except(gaps), Numbers(s_planeDue).Order());
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
                [Fact] public void OC005_OD002b_Words() { }
            }
            """);
        Rule.Finds("OC002", Missing("OC", [file], Labels([new(1, 3)])));
        Rule.Holds(Missing("OC", [file], Labels([new(3, 4)])));
        Rule.Finds("MG001", Missing("MG", [file], Labels([new(1, 2)])));
        Rule.Holds(Missing("MG", [file], Labels([new(2, 2)])));
        Rule.Finds("OD002", Missing("OD", [file], ["002", "002b"]));
        Rule.Holds(Missing("OD", [file], ["002b"]));
        Rule.Finds("OD002b", Early("OD", [file], ["002", "002b"]));
        Rule.Holds(Early("OD", [file], ["002"]));
    }

    private static IReadOnlyList<SourceFile> Tests => [.. Repository.CSharp.Where(file => file.IsUnder("tests"))];

    private static IEnumerable<string> Missing(string catalogue, IReadOnlyList<SourceFile> files, IEnumerable<string> due)
    {
        HashSet<string> found = Carried(files);
        return due.Select(label => catalogue + label)
            .Where(name => !found.Contains(name))
            .Select(name => $"no test carries {name}");
    }

    private static IEnumerable<string> Early(string catalogue, IReadOnlyList<SourceFile> files, IEnumerable<string> later)
    {
        HashSet<string> found = Carried(files);
        return later.Select(label => catalogue + label)
            .Where(found.Contains)
            .Select(name => $"{name} has a test, and is not due");
    }

    private static HashSet<string> Carried(IReadOnlyList<SourceFile> files) =>
        [.. files.SelectMany(file => file.Unit.DescendantNodes().OfType<MethodDeclarationSyntax>())
            .Where(AssertionRules.IsTest)
            .SelectMany(method => CaseNumber().Matches(method.Identifier.Text))
            .Select(match => match.Groups["case"].Value)];

    private static IEnumerable<string> Labels(IEnumerable<Cases> cases) =>
        Numbers(cases).Select(number => number.ToString("D3", CultureInfo.InvariantCulture));

    private static IEnumerable<string> Defects(int first, int last) => Labels([new(first, last)]);

    private static IEnumerable<int> Numbers(IEnumerable<Cases> cases) =>
        cases.SelectMany(range => Enumerable.Range(range.First, range.Last - range.First + 1));

    [GeneratedRegex(@"\G(?<case>(OC|MG)\d{3}|OD\d{3}b?)_")]
    private static partial Regex CaseNumber();

    private sealed record Cases(int First, int Last);

    /// <summary>Cases that are not due.</summary>
    /// <param name="Takes">What they take.</param>
    /// <param name="Cases">Which.</param>
    private sealed record Later(string Takes, Cases[] Cases);
}
