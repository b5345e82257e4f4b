using Engine.Buffers;

namespace Engine.Simulation;

/// <summary>A few names of one directory, each bound to an inode or to none (0). They are one object, because a rename changes
/// two at once. An inode number that nobody was told, because no response came, is <see cref="Unseen"/>, which any lookup may
/// find.</summary>
/// <param name="names">How many there are.</param>
public sealed class NamesModel(int names) : ISequentialModel<NamesState, NameOperation>
{
    /// <summary>Bound to an inode whose number is not known.</summary>
    public const ulong Unseen = ulong.MaxValue;

    /// <inheritdoc/>
    public NamesState Initial { get; } = new(names);

    /// <inheritdoc/>
    public bool TryApply(in NamesState state, in NameOperation operation, bool isKnown, out NamesState next)
    {
        next = state;
        ulong bound = state[operation.Name];
        if (!isKnown)
            return TryGuess(state, operation, out next);
        if (operation.Error == IoError.NoEntry)
            return operation.Action is NameAction.Bind or NameAction.Change || bound == 0
                || (operation.Action == NameAction.Exchange && state[operation.To] == 0);
        if (operation.Error == IoError.Exists)
            return operation.Action != NameAction.Bind || bound != 0;
        if (operation.Error.Failed)
            return true;
        // The first one to see a number that nobody was told settles it.
        ulong ino = operation.Ino != 0 && bound is Unseen or 0 ? Named(operation.Ino) : bound;
        bool isSame = bound != 0 && (operation.Ino == 0 || operation.Ino == bound || bound == Unseen);
        switch (operation.Action)
        {
            case NameAction.Lookup:
                next = state.With(operation.Name, ino);
                return isSame;
            case NameAction.Bind:
                next = state.With(operation.Name, Named(operation.Ino));
                return bound == 0;
            case NameAction.Unbind:
                next = state.With(operation.Name, 0);
                return isSame;
            case NameAction.Rename:
                next = state.With(operation.Name, 0).With(operation.To, ino);
                return isSame;
            case NameAction.Exchange:
                next = state.With(operation.Name, state[operation.To]).With(operation.To, ino);
                return isSame && state[operation.To] != 0;
            case NameAction.Change:
                next = state.With(operation.Name, Unseen);
                return isSame;
            default:
                next = state.With(operation.Name, Named(operation.Ino));
                return true;
        }
    }

    /// <summary>What an operation does that nobody saw the end of, if it happens here. One that would do nothing is not worth
    /// trying.</summary>
    private static bool TryGuess(in NamesState state, in NameOperation operation, out NamesState next)
    {
        ulong bound = state[operation.Name];
        next = operation.Action switch
        {
            NameAction.Bind when bound == 0 => state.With(operation.Name, Named(operation.Ino)),
            NameAction.Replace => state.With(operation.Name, Named(operation.Ino)),
            NameAction.Unbind => state.With(operation.Name, 0),
            NameAction.Rename when bound != 0 => state.With(operation.Name, 0).With(operation.To, bound),
            NameAction.Exchange when bound != 0 && state[operation.To] != 0 =>
                state.With(operation.Name, state[operation.To]).With(operation.To, bound),
            NameAction.Change when bound != 0 => state.With(operation.Name, Unseen),
            _ => state,
        };
        return next != state;
    }

    private static ulong Named(ulong ino) => ino == 0 ? Unseen : ino;
}
