using System.Globalization;
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
    private const int RoundsMax = 4;
    private const uint PlainFileMode = 0x1A4;
    private const uint PlainDirectoryMode = 0x1ED;

    private static readonly byte[] s_plainTarget = [(byte)'t'];

    /// <summary>The plainest difference found.</summary>
    public Divergence Shrink(Divergence found)
    {
        found = Shorten(found, Math.Max(1, found.Steps.Count / 2));
        for (int round = 0; round < RoundsMax; round++)
        {
            IReadOnlyList<Step> before = found.Steps;
            found = Shorten(Simplify(found), 1);
            if (found.Steps.SequenceEqual(before))
                break;
        }

        return found;
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
        // Paths first: written plainly, then each with a short one of its own in all steps at once.
        TryReplace(ref found, [.. found.Steps.Select(step => WithPaths(step, Normal))]);
        int made = 0;
        foreach (string path in found.Steps.SelectMany(Paths).Distinct().OrderByDescending(path => path.Length).ToArray())
        {
            string shorter = string.Create(CultureInfo.InvariantCulture, $"/p{++made}");
            if (path.Length > shorter.Length)
                TryReplace(ref found, [.. found.Steps.Select(step => Moved(step, path, shorter))]);
        }

        for (int i = found.Steps.Count - 1; i >= 0; i--)
            TryWithoutRename(ref found, i);
        found = Shorten(found, 1);
        for (int i = 0; i < found.Steps.Count; i++)
        {
            TryOne(ref found, i, step => step with { Who = Credential.Root });
            TryOne(ref found, i, step => step with { Handle = step.Kind == StepKind.Open ? null : step.Handle });
            TryOne(ref found, i, step => step with { Mode = Plain(step) });
            TryOne(ref found, i, step => step with { Value = [] });
            TryOne(ref found, i, step => step.Kind == StepKind.SymbolicLink ? step with { Second = s_plainTarget } : step);
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

    private static string Normal(string path)
    {
        IEnumerable<string> names = path.Split('/').Where(name => name.Length > 0 && name != ".");
        return path.Length == 0 ? path : "/" + string.Join('/', names);
    }

    private static Step Moved(Step step, string from, string to) => WithPaths(step, path => Moved(path, from, to));

    /// <summary>With other paths; the target of a symbolic link is none.</summary>
    private static Step WithPaths(Step step, Func<string, string> change)
    {
        bool hasTwo = step.Kind is StepKind.Link or StepKind.Rename;
        return step with { Path = Changed(step.Path, change), Second = hasTwo ? Changed(step.Second, change) : step.Second };
    }

    private static byte[] Changed(byte[] path, Func<string, string> change)
    {
        string before = Text(path);
        string after = change(before);
        return after == before ? path : Encoding.UTF8.GetBytes(after);
    }

    private static string Moved(string path, string from, string to)
    {
        bool moves = from.Length > 0 && (path == from || path.StartsWith(from + "/", StringComparison.Ordinal));
        return moves ? to + path[from.Length..] : path;
    }

    private static string Text(byte[] path) => Encoding.UTF8.GetString(path);
}
