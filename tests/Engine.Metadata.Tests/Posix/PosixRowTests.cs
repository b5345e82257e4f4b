using System.Text.RegularExpressions;
using Engine.Testing.Namespace;

namespace Engine.Metadata.Tests.Posix;

using Credential = Engine.Testing.Namespace.Credential;

/// <summary>The table itself: enough rows, each judged and cited, and a grammar that reads what it writes.</summary>
public sealed partial class PosixRowTests
{
    private const int RowsMin = 200;

    [Fact]
    public void ThereAreEnoughRowsForRootAndForOthers()
    {
        Assert.True(PosixRow.All.Count >= PosixRow.WrittenCount);
        Assert.InRange(PosixRow.WrittenCount, RowsMin, int.MaxValue);
        int others = PosixRow.All.Values.Count(row => row.Lines.Any(line => line.Step.Who != Credential.Root));
        Assert.InRange(others, RowsMin, int.MaxValue);
    }

    [Fact]
    public void EveryRowJudgesSomethingAndCitesAPage()
    {
        Assert.All(PosixRow.All.Values, row => Assert.Contains(row.Lines, line => line.IsJudged));
        Assert.All(PosixRow.All.Values, row => Assert.Matches(Page(), row.Citation));
    }

    /// <summary>A page of Linux's own stands beside that of POSIX where it says more; alone it stands for extended attributes
    /// and the flags of a rename, of which POSIX knows nothing.</summary>
    [Fact]
    public void EveryRowCitesPosix_ButThoseOfExtendedAttributesAndFlagsOfRename()
    {
        string[] others = ["xattr: ", "renameat2: "];
        PosixRow[] rows =
            [.. PosixRow.All.Values.Where(row => !others.Any(file => row.Name.StartsWith(file, StringComparison.Ordinal)))];
        Assert.InRange(rows.Length, RowsMin, PosixRow.All.Count - 1);
        Assert.All(rows, row => Assert.Matches(PosixPage(), row.Citation));
    }

    [Fact]
    public void EveryStepOfTheTableIsReadAsItIsWritten()
    {
        IEnumerable<Step> steps = PosixRow.All.Values.SelectMany(row => row.Lines).Select(line => line.Step);
        Assert.All(steps, step => Assert.Equal(StepText.Format(step), StepText.Format(StepText.Parse(StepText.Format(step)))));
    }

    [Theory]
    [InlineData("nobody mkdir /a 0755")]
    [InlineData("root mkdir /a")]
    [InlineData("root makedir /a 0755")]
    [InlineData("root open /a r+fast")]
    [InlineData("root mkdir /a\\x4 0755")]
    [InlineData("root mkdir /{a*2 0755")]
    [InlineData("root stat /a -> mode")]
    [InlineData("root stat /a -> ENOSUCH")]
    public void WhatIsNotAStepIsRefused(string line) => Assert.Throws<FormatException>(() => ScriptLine.Parse(line));

    [Theory]
    [InlineData("")]
    [InlineData("\\x00\\xff\\x20")]
    [InlineData("\\x5c\\x7b\\x2c")]
    public void BytesSurviveBeingWords(string escaped)
    {
        byte[] bytes = Words.Parse(escaped.Length == 0 ? "''" : escaped);
        Assert.Equal(bytes, Words.Parse(Words.Escape(bytes)));
    }

    [GeneratedRegex(@"\w+\((2|3|3p|7)\)|XBD ")]
    private static partial Regex Page();

    [GeneratedRegex(@"\w+\(3p\)|XBD ")]
    private static partial Regex PosixPage();
}
