using Engine.Metadata;

namespace Engine.Migration;

/// <summary>What a rank counts of migrations.</summary>
public sealed class MigrationCounters
{
    /// <summary>Exports that began.</summary>
    public long ExportsBegun { get; internal set; }

    /// <summary>Regions given away.</summary>
    public long Exported { get; internal set; }

    /// <summary>Regions that were larger than what goes at once, and went in parts.</summary>
    public long Splits { get; internal set; }

    /// <summary>Regions received.</summary>
    public long Imported { get; internal set; }

    /// <summary>Exports that came to nothing.</summary>
    public long ExportsCancelled { get; internal set; }

    /// <summary>Imports that came to nothing.</summary>
    public long ImportsCancelled { get; internal set; }

    /// <summary>Messages that crossed with an end, or came twice.</summary>
    public long Late { get; internal set; }

    /// <summary>Messages that nobody may send.</summary>
    public long Violations { get; internal set; }

    /// <summary>The last of those, for people.</summary>
    public string LastViolation { get; internal set; } = string.Empty;

    /// <summary>Questions of importers that did not know what had become of an export, answered.</summary>
    public long Resolved { get; internal set; }

    /// <summary>Imports of former lives that were decided in this one.</summary>
    public long Recovered { get; internal set; }

    /// <summary>Messages sent again.</summary>
    public long Resent { get; internal set; }

    /// <summary>Waits that took longer than they may.</summary>
    public long Deadlines { get; internal set; }

    /// <summary>Queued exports whose directory was gone, or another's, when their turn came.</summary>
    public long Vanished { get; internal set; }

    /// <summary>Exports that came to nothing and were queued again.</summary>
    public long Retried { get; internal set; }

    /// <summary>Rounds in which pages went ahead.</summary>
    public long StagingRounds { get; internal set; }

    /// <summary>Bytes of pages that went ahead.</summary>
    public long StagedBytes { get; internal set; }

    /// <summary>Bytes of pages that went while their region stood still.</summary>
    public long FrozenBytes { get; internal set; }

    /// <summary>Ranks with copies that had missed a warning and were put right by what came after (Δ11).</summary>
    public long Healed { get; internal set; }

    /// <summary>Capabilities on inodes of other ranks that those took over.</summary>
    public long CapsExported { get; internal set; }

    /// <summary>Capabilities taken over from ranks with copies.</summary>
    public long CapsImported { get; internal set; }

    /// <summary>Capabilities that the authority did not take over when it was asked to.</summary>
    public long CapsRefused { get; internal set; }

    internal void Violate(RankId from, Message message, string where)
    {
        Violations++;
        LastViolation = $"{message.GetType().Name} from {from} {where}";
    }
}
