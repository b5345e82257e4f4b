using Engine.Testing;
using Engine.Testing.Namespace;
using Xunit.Abstractions;

namespace Engine.Metadata.Tests.Posix;

/// <summary>
/// The table, for any namespace: derive a class that takes a fixture of its own (<c>IClassFixture</c>) and hands it on.
/// </summary>
public abstract class PosixTableContract(NamespaceFixture fixture, ITestOutputHelper output)
{
    /// <summary>The names of all rows.</summary>
    public static TheoryData<string> Rows { get; } = [.. PosixRow.All.Keys];

    [Theory]
    [MemberData(nameof(Rows))]
    public void Row(string name)
    {
        if (fixture.Unavailable is { } reason)
        {
            TestSkip.Because(reason, output.WriteLine, nameof(Row), GetType().Name);
            return;
        }

        PosixRow row = PosixRow.All[name];
        string? failure = ScriptLine.Run(fixture.Executor, row.Lines);
        Assert.True(failure is null, $"{failure}\n{row.Citation}\n{string.Join('\n', row.Lines.Select(line => line.Text))}");
    }
}
