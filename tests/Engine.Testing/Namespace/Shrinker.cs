using System.Text;

namespace Engine.Testing.Namespace;

// Purpose: makes a found difference readable: fewer steps, then plainer ones.
// Invariants: whatever is kept was run and still differs, though not always in the same way; every accepted change makes the
// script shorter or plainer, so that it ends.

/// <summary>Shrinks a difference by running parts of it again.</summary>
/// <param name="runner">Runs them.</param>
public sealed class Shrinker(DifferentialRunner runner)
{
    private const int FewSteps = 100;
    private const uint PlainFileMode = 0x1A4;
    private const uint PlainDirectoryMode = 0x1ED;

    /// <summary>The plainest difference found.</summary>
    public Divergence Shrink(Divergence found)
    {
        found = Shorten(found, Math.Max(1, found.Steps.Count / 2));
        return Shorten(Simplify(found), 1);
    }

    /// <summary>Leaves out as many steps as possible: first half of them at a time, then ever fewer, until no single one can be
    /// left out.</summary>
    private Divergence Shorten(Divergence found, int chunk)
    {
        for (; ; chunk = Math.Max(1, chunk / 2))
        {
            int before = found.Steps.Count;
            for (int from = found.Steps.Count - chunk; from > -chunk; from -= chunk)
            {
                List<Step> fewer = [.. found.Steps.Take(Math.Max(0, from)), .. found.Steps.Skip(from + chunk)];
                TryReplace(ref found, fewer);
                from = Math.Min(from, found.Steps.Count);
            }

            if (chunk == 1 && found.Steps.Count == before)
                return found;
        }
    }

    private Divergence Simplify(Divergence found)
    {
        // Paths first: what lies in a directory is moved up to the root, in all steps at once.
        IEnumerable<string> directories = found.Steps.SelectMany(Paths).Select(Parent).Distinct();
        foreach (string directory in directories.OrderByDescending(path => path.Length))
            TryReplace(ref found, [.. found.Steps.Select(step => Lifted(step, directory))]);
        for (int i = found.Steps.Count - 1; i >= 0; i--)
            TryWithoutRename(ref found, i);
        found = Shorten(found, 1);
        for (int i = 0; i < found.Steps.Count; i++)
        {
            TryOne(ref found, i, step => step with { Who = Credential.Root });
            TryOne(ref found, i, step => step with { Handle = step.Kind == StepKind.Open ? null : step.Handle });
            TryOne(ref found, i, step => step with { Mode = Plain(step) });
            TryOne(ref found, i, step => step with { Value = [] });
        }

        return found;
    }

    /// <summary>Leaves a rename out; what it renamed has its later name from the beginning.</summary>
    private void TryWithoutRename(ref Divergence found, int at)
    {
        if (at >= found.Steps.Count || found.Steps[at] is not { Kind: StepKind.Rename } rename)
            return;
        (string from, string to) = (Text(rename.Path), Text(rename.Second));
        TryReplace(ref found, [.. found.Steps.Take(at).Select(step => Moved(step, from, to)), .. found.Steps.Skip(at + 1)]);
    }

    private void TryOne(ref Divergence found, int at, Func<Step, Step> change)
    {
        if (at < found.Steps.Count)
            TryReplace(ref found, [.. found.Steps.Take(at), change(found.Steps[at]), .. found.Steps.Skip(at + 1)]);
    }

    private void TryReplace(ref Divergence found, List<Step> steps)
    {
        if (steps.SequenceEqual(found.Steps))
            return;
        if (runner.Replay(steps, steps.Count <= FewSteps) is { } still)
            found = still;
    }

    private static uint Plain(Step step) => step.Kind switch
    {
        StepKind.MakeDirectory => PlainDirectoryMode,
        StepKind.Open => (step.Flags & OpenFlags.Create) != 0 ? PlainFileMode : 0,
        _ => step.Mode,
    };

    private static IEnumerable<string> Paths(Step step) => [Text(step.Path), Text(step.Second)];

    private static string Parent(string path) => path[..Math.Max(0, path.TrimEnd('/').LastIndexOf('/'))];

    private static Step Lifted(Step step, string directory) =>
        step with { Path = Lifted(step.Path, directory), Second = Lifted(step.Second, directory) };

    private static byte[] Lifted(byte[] path, string directory) => Text(path) == directory ? path : Moved(path, directory, "");

    private static Step Moved(Step step, string from, string to) =>
        step with { Path = Moved(step.Path, from, to), Second = Moved(step.Second, from, to) };

    private static byte[] Moved(byte[] path, string from, string to)
    {
        string text = Text(path);
        bool moves = from.Length > 0 && (text == from || text.StartsWith(from + "/", StringComparison.Ordinal));
        return moves ? Encoding.UTF8.GetBytes(to + text[from.Length..]) : path;
    }

    private static string Text(byte[] path) => Encoding.UTF8.GetString(path);
}
