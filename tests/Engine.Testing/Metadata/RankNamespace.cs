// The judge's view of a rank.
//
// Ownership: owns the harness. Invariant: every call runs the rank until the last reply, so that a result is durable
// when it is returned; handles are inode numbers that the rank was told to keep.

using System.Text;
using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Namespace;

using Judge = Engine.Testing.Namespace;

namespace Engine.Testing.Metadata;

/// <summary>A rank's namespace as the judge asks for one, over messages as bytes. Time moves only when the judge says
/// so.</summary>
public sealed class RankNamespace(Func<RankOptions, RankOptions>? configure = null) : INamespace
{
    private const long TickMicros = 10_000;

    private readonly List<Ino?> _handles = [];
    private RankHarness _harness = NewRank(configure);

    /// <summary>The rank's world, to crash it, or to look into it.</summary>
    public RankHarness Harness => _harness;

    /// <inheritdoc/>
    public void Reset()
    {
        _harness.Dispose();
        _handles.Clear();
        _harness = NewRank(configure);
        AttributeChanges open = new() { Mode = 0x1FF };
        Invariant.That(Change(ClientOp.SetAttributes, Judge.Credential.Root, "/"u8, open).IsNone);
    }

    /// <inheritdoc/>
    public Timestamp AdvanceClock()
    {
        _harness.Advance(TickMicros);
        return TimeOf(_harness.NowMicros * 1000);
    }

    /// <inheritdoc/>
    public IoError MakeDirectory(Judge.Credential who, ReadOnlySpan<byte> path, uint mode) =>
        Change(ClientOp.MakeDirectory, who, path, new AttributeChanges { Mode = mode });

    /// <inheritdoc/>
    public IoError Open(Judge.Credential who, ReadOnlySpan<byte> path, Judge.OpenFlags flags, uint mode, out int handle)
    {
        bool creates = flags.HasFlag(Judge.OpenFlags.Create);
        ClientReply reply = Call(Request(creates ? ClientOp.Create : ClientOp.Open, who, path) with
        {
            Follow = !flags.HasFlag(Judge.OpenFlags.NoFollow),
            Changes = new AttributeChanges { Mode = mode },
            Flags = FlagsOf(flags),
        });
        handle = -1;
        if (reply.Error.Failed)
            return reply.Error;
        handle = _handles.Count;
        _handles.Add(reply.Stat.Ino);
        return IoError.None;
    }

    /// <inheritdoc/>
    public IoError Close(int handle)
    {
        if (InoOf(handle) is not { } ino)
            return Errno.EBADF;
        _handles[handle] = null;
        // The rank knows what the client has open, not how often.
        return _handles.Contains(ino)
            ? IoError.None
            : _harness.Call(new ClientRequest(0, ClientOp.Close) { Base = ino }).Error;
    }

    /// <inheritdoc/>
    public IoError StatHandle(int handle, out FileStatus status)
    {
        status = default;
        if (InoOf(handle) is not { } ino)
            return Errno.EBADF;
        ClientReply reply = _harness.Call(new ClientRequest(0, ClientOp.GetAttributes) { Base = ino });
        status = StatusOf(reply.Stat);
        return reply.Error;
    }

    /// <inheritdoc/>
    public IoError Link(Judge.Credential who, ReadOnlySpan<byte> existing, ReadOnlySpan<byte> path) =>
        Call(Request(ClientOp.Link, who, existing) with { Path2 = path.ToArray() }).Error;

    /// <inheritdoc/>
    public IoError SymbolicLink(Judge.Credential who, ReadOnlySpan<byte> target, ReadOnlySpan<byte> path) =>
        Call(Request(ClientOp.SymbolicLink, who, path) with { Value = target.ToArray() }).Error;

    /// <inheritdoc/>
    public IoError ReadLink(Judge.Credential who, ReadOnlySpan<byte> path, out byte[] target)
    {
        ClientReply reply = Call(Request(ClientOp.ReadLink, who, path));
        target = reply.Value.ToArray();
        return reply.Error;
    }

    /// <inheritdoc/>
    public IoError Unlink(Judge.Credential who, ReadOnlySpan<byte> path) => Call(Request(ClientOp.Unlink, who, path)).Error;

    /// <inheritdoc/>
    public IoError RemoveDirectory(Judge.Credential who, ReadOnlySpan<byte> path) =>
        Call(Request(ClientOp.RemoveDirectory, who, path)).Error;

    /// <inheritdoc/>
    public IoError Rename(Judge.Credential who, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, RenameMode mode) =>
        Call(Request(ClientOp.Rename, who, from) with
        {
            Path2 = to.ToArray(),
            Flags = mode == RenameMode.Exchange ? Engine.Metadata.OpenFlags.Exchange
                : mode == RenameMode.NoReplace ? Engine.Metadata.OpenFlags.NoReplace : Engine.Metadata.OpenFlags.None,
        }).Error;

    /// <inheritdoc/>
    public IoError Stat(Judge.Credential who, ReadOnlySpan<byte> path, bool follow, out FileStatus status)
    {
        ClientReply reply = Call(Request(ClientOp.GetAttributes, who, path) with { Follow = follow });
        status = reply.Error.Failed ? default : StatusOf(reply.Stat);
        return reply.Error;
    }

    /// <inheritdoc/>
    public IoError ReadDirectory(Judge.Credential who, ReadOnlySpan<byte> path, out IReadOnlyList<DirectoryEntry> entries)
    {
        List<DirectoryEntry> all = [];
        entries = all;
        DirectoryCursor cursor = default;
        while (true)
        {
            ClientReply reply = Call(Request(ClientOp.ReadDirectory, who, path) with { Cursor = cursor, Limit = 7 });
            if (reply.Error.Failed)
            {
                entries = [];
                return reply.Error;
            }

            foreach (DirectoryItem item in reply.Items)
                all.Add(new DirectoryEntry(item.Name.ToArray(), TypeOf(item.Type)));
            if (reply.IsEnd)
                return IoError.None;
            cursor = reply.Cursor;
        }
    }

    /// <inheritdoc/>
    public IoError ChangeMode(Judge.Credential who, ReadOnlySpan<byte> path, uint mode) =>
        Change(ClientOp.SetAttributes, who, path, new AttributeChanges { Mode = mode }, follow: true);

    /// <inheritdoc/>
    public IoError ChangeOwner(Judge.Credential who, ReadOnlySpan<byte> path, uint? uid, uint? gid, bool follow) =>
        Change(ClientOp.SetAttributes, who, path, new AttributeChanges { Uid = uid, Gid = gid }, follow);

    /// <inheritdoc/>
    public IoError Truncate(Judge.Credential who, ReadOnlySpan<byte> path, long length) =>
        Change(ClientOp.SetAttributes, who, path, new AttributeChanges { Size = length }, follow: true);

    /// <inheritdoc/>
    public IoError SetTimes(
        Judge.Credential who, ReadOnlySpan<byte> path, TimeChange accessed, TimeChange modified, bool follow) =>
        Change(
            ClientOp.SetAttributes,
            who,
            path,
            new AttributeChanges
            {
                AccessedAt = NanosOf(accessed),
                ModifiedAt = NanosOf(modified),
                AccessedNow = accessed.IsNow,
                ModifiedNow = modified.IsNow,
            },
            follow);

    /// <inheritdoc/>
    public IoError SetXattr(
        Judge.Credential who,
        ReadOnlySpan<byte> path,
        ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> value,
        XattrMode mode,
        bool follow) =>
        Call(Request(ClientOp.SetXattr, who, path) with
        {
            Follow = follow,
            XattrName = Encoding.UTF8.GetString(name),
            Value = value.ToArray(),
            Flags = mode == XattrMode.Create ? Engine.Metadata.OpenFlags.NoReplace
                : mode == XattrMode.Replace ? Engine.Metadata.OpenFlags.MustReplace : Engine.Metadata.OpenFlags.None,
        }).Error;

    /// <inheritdoc/>
    public IoError GetXattr(Judge.Credential who, ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, bool follow, out byte[] value)
    {
        ClientReply reply = Call(
            Request(ClientOp.GetXattr, who, path) with { Follow = follow, XattrName = Encoding.UTF8.GetString(name) });
        value = reply.Value.ToArray();
        return reply.Error;
    }

    /// <inheritdoc/>
    public IoError ListXattr(Judge.Credential who, ReadOnlySpan<byte> path, bool follow, out IReadOnlyList<byte[]> names)
    {
        ClientReply reply = Call(Request(ClientOp.ListXattr, who, path) with { Follow = follow });
        List<byte[]> all = [];
        names = all;
        ReadOnlySpan<byte> rest = reply.Value.Span;
        while (!rest.IsEmpty)
        {
            int end = rest.IndexOf((byte)0);
            all.Add(rest[..end].ToArray());
            rest = rest[(end + 1)..];
        }

        return reply.Error;
    }

    /// <inheritdoc/>
    public IoError RemoveXattr(Judge.Credential who, ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, bool follow) =>
        Call(Request(ClientOp.RemoveXattr, who, path) with { Follow = follow, XattrName = Encoding.UTF8.GetString(name) }).Error;

    /// <inheritdoc/>
    public void Dispose() => _harness.Dispose();

    private static RankHarness NewRank(Func<RankOptions, RankOptions>? configure) =>
        new RankHarness(configure) { Wire = new WireCarrier() }.Start();

    private static ClientRequest Request(ClientOp op, Judge.Credential who, ReadOnlySpan<byte> path) => new(0, op)
    {
        Caller = new Engine.Metadata.Credential(who.Uid, who.Gid, who.Groups),
        Path = path.ToArray(),
    };

    private static Engine.Metadata.OpenFlags FlagsOf(Judge.OpenFlags flags)
    {
        Engine.Metadata.OpenFlags result = Engine.Metadata.OpenFlags.Keep;
        bool writes = (flags & (Judge.OpenFlags.WriteOnly | Judge.OpenFlags.ReadWrite)) != 0;
        if (!flags.HasFlag(Judge.OpenFlags.WriteOnly))
            result |= Engine.Metadata.OpenFlags.Read;
        if (writes)
            result |= Engine.Metadata.OpenFlags.Write;
        if (flags.HasFlag(Judge.OpenFlags.Create))
            result |= Engine.Metadata.OpenFlags.OrOpen;
        if (flags.HasFlag(Judge.OpenFlags.Exclusive))
            result |= Engine.Metadata.OpenFlags.Exclusive;
        if (flags.HasFlag(Judge.OpenFlags.Truncate))
            result |= Engine.Metadata.OpenFlags.Truncate;
        if (flags.HasFlag(Judge.OpenFlags.Directory))
            result |= Engine.Metadata.OpenFlags.Directory;
        return result;
    }

    private static FileType TypeOf(InodeType type) => type switch
    {
        InodeType.File => FileType.Regular,
        InodeType.Directory => FileType.Directory,
        InodeType.SymbolicLink => FileType.SymbolicLink,
        _ => FileType.Other,
    };

    private static FileStatus StatusOf(in FileStat stat)
    {
        uint type = stat.Type switch
        {
            InodeType.File => 0x8000u,
            InodeType.Directory => 0x4000u,
            _ => 0xA000u,
        };
        return new FileStatus(
            stat.Ino.Value,
            type | stat.Mode,
            stat.Links,
            stat.Uid,
            stat.Gid,
            stat.Size,
            TimeOf(stat.AccessedAt),
            TimeOf(stat.ModifiedAt),
            TimeOf(stat.ChangedAt));
    }

    private static Timestamp TimeOf(long nanos) => new(nanos / 1_000_000_000, (uint)(nanos % 1_000_000_000));

    private static long? NanosOf(TimeChange change) =>
        change.Value is { } time ? (time.Seconds * 1_000_000_000) + time.Nanoseconds : null;

    private IoError Change(
        ClientOp op, Judge.Credential who, ReadOnlySpan<byte> path, AttributeChanges changes, bool follow = false) =>
        Call(Request(op, who, path) with { Changes = changes, Follow = follow }).Error;

    private Ino? InoOf(int handle) => handle >= 0 && handle < _handles.Count ? _handles[handle] : null;

    /// <summary>Paths relative to the root; the kernel refuses an empty one where the rank takes it for the base.</summary>
    private ClientReply Call(ClientRequest request) =>
        request.Path.IsEmpty && !(request.Changes.Size < 0) ? new ClientReply(0, IoError.NoEntry) : _harness.Call(request);
}
