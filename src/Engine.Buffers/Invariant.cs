using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Engine.Buffers;

/// <summary>
/// Checks of what only a bug in Engine can break; they stay on in Release. Operating errors (I/O, bad bytes, bad arguments from
/// outside) are <see cref="IoError"/> values instead.
/// </summary>
public static class Invariant
{
    /// <summary>Throws <see cref="InvariantException"/> when <paramref name="condition"/> is false.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void That(
        [DoesNotReturnIf(false)] bool condition,
        [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        if (!condition)
            Fail(what);
    }

    /// <summary>Ends the operation: a state was reached that no legal sequence of events leads to.</summary>
    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Fail(string what) => throw new InvariantException(what);
}
