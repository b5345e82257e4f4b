// The two tables of appendix G, cell by cell: T take, L late, ! violation, B busy, R replace, A answer. Where the specification's
// table has a violation and the sentence below it says that what is sent again is idempotent, the sentence holds.

using Engine.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>Which message is taken in which state.</summary>
public sealed class LegalityTests
{
    private static readonly RankId s_exporter = new(0);
    private static readonly RankId s_importer = new(1);
    private static readonly MigrationId s_id = new(s_exporter, 7, 3);
    private static readonly DirFrag s_base = new(new Ino(0x1001), Frag.Root);

    /// <summary>DiscoverAck, StageAck, PrepAck, ExportAck, NotifyAck of a warning, of an abort, of a commit, CancelAck.</summary>
    [Theory]
    [InlineData(null, "LLLLLLLL")]
    [InlineData(ExporterState.Locking, "!!!!!!!L")]
    [InlineData(ExporterState.Discovering, "T!!!!!!!")]
    [InlineData(ExporterState.Staging, "!T!!!!!!")]
    [InlineData(ExporterState.Freezing, "!!!!!!!!")]
    [InlineData(ExporterState.Prepping, "!!T!!!!!")]
    [InlineData(ExporterState.Warning, "!!!!T!!!")]
    [InlineData(ExporterState.Exporting, "!!!TL!!!")]
    [InlineData(ExporterState.LoggingFinish, "!!!!L!!!")]
    [InlineData(ExporterState.Notifying, "!!!!L!T!")]
    [InlineData(ExporterState.Cancelling, "LLLLLT!T")]
    public void AnExporterTakesWhatTheTableSays(ExporterState? state, string row)
    {
        IMigrationMessage[] columns =
        [
            new ExportDiscoverAck(s_id, s_base, MigrationRefusal.None, 0),
            new ExportStageAck(s_id, s_base, 1, MigrationRefusal.None),
            new ExportPrepAck(s_id, s_base, MigrationRefusal.None),
            new ExportAck(s_id, s_base, 1, MigrationRefusal.None, []),
            new ExportNotifyAck(s_id, s_base, Authority.Of(s_exporter, s_importer)),
            new ExportNotifyAck(s_id, s_base, Authority.Of(s_exporter)),
            new ExportNotifyAck(s_id, s_base, Authority.Of(s_importer)),
            new ExportCancelAck(s_id, s_base),
        ];
        Assert.Equal(row, Letters(columns.Select(message => ExporterLegality.Of(state, message))));
        Verdict foreign = ExporterLegality.Of(state, new ExportFinish(s_id, s_base, true, [], []));
        Assert.Equal(state is null ? Verdict.Late : Verdict.Violation, foreign);
    }

    /// <summary>Discover of the same, of a newer, of another exporter, Stage, Prep, ExportDir, Finish, last Finish, Cancel,
    /// NotifyAck.</summary>
    [Theory]
    [InlineData(null, "TTTLLLLLAL")]
    [InlineData(ImporterState.Discovering, "LRB!!!!!T!")]
    [InlineData(ImporterState.Discovered, "ARBTT!!!T!")]
    [InlineData(ImporterState.Prepping, "!RB!L!!!T!")]
    [InlineData(ImporterState.Prepped, "!RB!AT!!T!")]
    [InlineData(ImporterState.LoggingStart, "!RB!!L!!T!")]
    [InlineData(ImporterState.Acking, "!RB!!ATTT!")]
    [InlineData(ImporterState.Finishing, "!BB!!!!T!!")]
    [InlineData(ImporterState.Aborting, "BBBLLL!!AT")]
    public void AnImporterTakesWhatTheTableSays(ImporterState? state, string row)
    {
        MigrationId newer = s_id with { Number = 4 };
        MigrationId other = s_id with { Exporter = new RankId(2) };
        IMigrationMessage[] columns =
        [
            new ExportDiscover(s_id, s_base, Ino.Root, [], 0),
            new ExportDiscover(newer, s_base, Ino.Root, [], 0),
            new ExportDiscover(other, s_base, Ino.Root, [], 0),
            new ExportStage(s_id, s_base, 1, [], []),
            new ExportPrep(s_id, s_base, 1, new DirReplica(s_base, 1, []), [], [], 0),
            new ExportDir(s_id, s_base, 1, 1, [], [], [], [], [], []),
            new ExportFinish(s_id, s_base, false, [], []),
            new ExportFinish(s_id, s_base, true, [], []),
            new ExportCancel(s_id, s_base, MigrationRefusal.Asked),
            new ExportNotifyAck(s_id, s_base, Authority.Of(s_exporter)),
        ];
        Assert.Equal(row, Letters(columns.Select(message => ImporterLegality.Of(state, s_id, message))));
    }

    /// <summary>A message of an older migration of the dirfrag never touches the record of a newer one; only a cancel is
    /// answered.</summary>
    [Fact]
    public void WhatIsOfAnotherMigrationIsLate()
    {
        MigrationId older = s_id with { Number = 2 };
        foreach (ImporterState state in Enum.GetValues<ImporterState>())
        {
            Assert.Equal(Verdict.Late, ImporterLegality.Of(state, s_id, new ExportFinish(older, s_base, true, [], [])));
            ExportDir region = new(older, s_base, 1, 1, [], [], [], [], [], []);
            Assert.Equal(Verdict.Late, ImporterLegality.Of(state, s_id, region));
            Assert.Equal(Verdict.Answer, ImporterLegality.Of(state, s_id, new ExportCancel(older, s_base, default)));
            Assert.Equal(Verdict.Busy, ImporterLegality.Of(state, s_id, new ExportDiscover(older, s_base, Ino.Root, [], 0)));
        }
    }

    private static string Letters(IEnumerable<Verdict> verdicts) => string.Concat(verdicts.Select(verdict => verdict switch
    {
        Verdict.Take => 'T',
        Verdict.Late => 'L',
        Verdict.Violation => '!',
        Verdict.Busy => 'B',
        Verdict.Replace => 'R',
        _ => 'A',
    }));
}
