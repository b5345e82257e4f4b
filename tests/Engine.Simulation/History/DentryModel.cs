using Engine.Buffers;

namespace Engine.Simulation;

/// <summary>One name in one directory: bound to an inode, or to none (0). An inode number that nobody was told, because no
/// response came, is <see cref="Unseen"/>, which any lookup may find.</summary>
/// <param name="initial">What the name is bound to at first; 0 for none.</param>
public sealed class DentryModel(ulong initial = 0) : ISequentialModel<ulong, DentryOperation>
{
    /// <summary>Bound to an inode whose number is not known.</summary>
    public const ulong Unseen = ulong.MaxValue;

    /// <inheritdoc/>
    public ulong Initial => initial;

    /// <inheritdoc/>
    public bool TryApply(in ulong state, in DentryOperation operation, bool isKnown, out ulong next)
    {
        next = state;
        bool isBound = state != 0;
        if (!isKnown)
        {
            next = After(state, operation, isBound);
            return true;
        }

        if (operation.Error == IoError.NoEntry)
            return operation.Action is DentryAction.Lookup or DentryAction.Unbind ? !isBound : true;
        if (operation.Error == IoError.Exists)
            return operation.Action != DentryAction.Bind || isBound;
        if (operation.Error.Failed)
            return true;
        switch (operation.Action)
        {
            case DentryAction.Lookup:
                // The first one to see a number that nobody was told settles it.
                next = state == Unseen ? operation.Ino : state;
                return isBound && (operation.Ino == state || state == Unseen);
            case DentryAction.Bind:
                next = Named(operation.Ino);
                return !isBound;
            case DentryAction.Unbind:
                next = 0;
                return isBound && (operation.Ino == 0 || operation.Ino == state || state == Unseen);
            default:
                next = Named(operation.Ino);
                return true;
        }
    }

    /// <summary>What an operation does that nobody saw the end of, if it happens here.</summary>
    private static ulong After(ulong state, in DentryOperation operation, bool isBound) => operation.Action switch
    {
        DentryAction.Bind => isBound ? state : Named(operation.Ino),
        DentryAction.Unbind => 0,
        DentryAction.Replace => Named(operation.Ino),
        _ => state,
    };

    private static ulong Named(ulong ino) => ino == 0 ? Unseen : ino;
}
