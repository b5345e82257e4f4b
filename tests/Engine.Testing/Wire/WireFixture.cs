using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Testing.Wire;

/// <summary>Writes and reads messages; what is not as it has to be ends the test.</summary>
public sealed class WireFixture(IReadOnlyList<MessageFormat> formats)
{
    /// <summary>Kind (2), version (2), length (4).</summary>
    public const int HeaderBytes = 8;

    /// <summary>Managed bytes that may be allocated for each byte of a message, and at the least: a name of one byte, which
    /// takes two, becomes an array of its own.</summary>
    private const int AllocatedPerByteMax = 24;

    private const int AllocatedAtLeast = 1024;

    private readonly ArrayBufferWriter<byte> _target = new();

    public MessageFormats Formats { get; } = new(formats);

    public byte[] Write(Message message)
    {
        _target.ResetWrittenCount();
        WireProblem problem = Formats.TryWrite(message, _target);
        Invariant.That(problem.IsNone, problem.ToString());
        return _target.WrittenSpan.ToArray();
    }

    /// <summary>What is wrong with a message; nothing of it was written.</summary>
    public WireProblem Refused(Message message)
    {
        _target.ResetWrittenCount();
        WireProblem problem = Formats.TryWrite(message, _target);
        Invariant.That(!problem.IsNone);
        Invariant.That(_target.WrittenCount == 0);
        return problem;
    }

    public Message Read(ReadOnlySpan<byte> bytes)
    {
        WireProblem problem = Formats.TryRead(bytes, out Message? message);
        Invariant.That(problem.IsNone, problem.ToString());
        Invariant.That(message is not null);
        return message;
    }

    /// <summary>A message as who gets it sees it.</summary>
    public T Carry<T>(T message)
        where T : Message => (T)Read(Write(message));

    /// <summary>What is wrong with bytes.</summary>
    public WireProblem Refused(ReadOnlySpan<byte> bytes)
    {
        WireProblem problem = Formats.TryRead(bytes, out Message? message);
        Invariant.That(!problem.IsNone);
        Invariant.That(message is null);
        Invariant.That(problem.Position >= 0 && problem.Position <= bytes.Length);
        return problem;
    }

    /// <summary>Reads bytes that somebody damaged: a message, or a reason why not, and nothing allocated that they do not
    /// hold.</summary>
    public Message? ReadDamaged(byte[] bytes, int[]? seen = null)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        WireProblem problem = Formats.TryRead(bytes, out Message? message);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Invariant.That(problem.IsNone == (message is not null));
        Invariant.That(problem.Position >= 0 && problem.Position <= bytes.Length);
        Invariant.That(
            allocated <= AllocatedAtLeast + ((long)AllocatedPerByteMax * bytes.Length),
            $"{allocated} bytes were allocated for {bytes.Length}");
        if (seen is not null)
            seen[(int)problem.Kind]++;
        return message;
    }

    /// <summary>What was accepted can be sent, and is read as it was.</summary>
    /// <returns>1, to be counted.</returns>
    public int AssertReadsAgain(Message message)
    {
        string? difference = DeepEquality.Difference(message, Read(Write(message)));
        Invariant.That(difference is null, difference ?? "");
        return 1;
    }

    /// <summary>Damages messages of all the types in many ways: each is refused, every reason is met, or is a message that can be
    /// sent again.</summary>
    /// <returns>What was seen, for people.</returns>
    public string Damage(SeededRandom random, IReadOnlyList<Type> types, IReadOnlyList<byte[]> samples, int executions)
    {
        var maker = new MessageMaker(random.Fork(), types);
        byte[][] good = [.. samples, .. Enumerable.Range(0, 400).Select(_ => Write(maker.Next()))];
        var mutator = new WireMutator(random.Fork(), good);
        var seen = new int[Enum.GetValues<WireProblemKind>().Length];
        long started = Stopwatch.GetTimestamp();
        for (int i = 0; i < executions; i++)
        {
            byte[] bytes = mutator.Next().ToArray();
            Message? message = ReadDamaged(bytes, seen);
            // Comparing field by field is slow.
            if (message is not null && i % 8 == 0)
                AssertReadsAgain(message);
        }

        Invariant.That(seen[0] >= executions / 20 && seen[0] <= executions / 2, $"{seen[0]} of {executions} were accepted");
        foreach (WireProblemKind kind in Enum.GetValues<WireProblemKind>())
            Invariant.That(seen[(int)kind] > 0, $"{kind} was never found");
        return $"{executions} inputs in {Stopwatch.GetElapsedTime(started)}: "
            + string.Join(", ", seen.Select((count, kind) => $"{(WireProblemKind)kind} {count}"));
    }

    /// <summary>Makes a message's length right again, so that what lies in it is met.</summary>
    public static void FixLength(Span<byte> bytes) =>
        BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], bytes.Length - HeaderBytes);
}
