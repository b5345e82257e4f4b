using Engine.Buffers;
using Engine.Objects;

namespace Engine.Cache;

/// <summary>
/// The objects of one file or image (specification of the object cache, 1.4). Created and destroyed by its
/// <see cref="ObjectCacher"/>, whose lock guards all of its state.
/// </summary>
public sealed class ObjectSet
{
    internal ObjectSet(int id, ObjectSetOptions options)
    {
        Id = id;
        Options = options;
    }

    /// <summary>Identity as given at creation.</summary>
    public ObjectSetOptions Options { get; }

    /// <summary>The owner's own handle.</summary>
    public object? Owner => Options.Owner;

    internal int Id { get; }

    /// <summary>Head of the list of open objects; 0 when there is none.</summary>
    internal int FirstObject { get; set; }

    /// <summary>Bytes that are dirty or in flight; equals the sum over the set's blocks.</summary>
    internal long DirtyOrTxBytes { get; set; }

    /// <summary>Bytes being read; equals the sum over the set's blocks.</summary>
    internal long RxBytes { get; set; }

    /// <summary>Blocks with bytes that the store has committed but not yet flushed.</summary>
    internal int UnstableBlocks { get; set; }

    internal bool Destroyed { get; set; }

    /// <summary>Why nothing of the set is written any more; none while it is.</summary>
    internal IoError Failure { get; set; }

    /// <summary>Data of the set was given up for this error, and no flush has told of it yet.</summary>
    internal IoError Unreported { get; set; }

    internal ObjectKey KeyOf(long objectNumber) =>
        new(Options.PoolId, Options.Namespace, Options.Locator, Striper.ObjectName(Options.Prefix, objectNumber));
}
