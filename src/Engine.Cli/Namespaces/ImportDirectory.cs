using Engine.Devices;
using Engine.Metadata;

namespace Engine.Cli.Namespaces;

/// <summary>A directory that an import makes.</summary>
/// <param name="parent">Where it is made; null for the topmost one, which is there.</param>
/// <param name="source">Where it is on this machine.</param>
/// <param name="path">Where it is to be in the namespace.</param>
/// <param name="status">Its attributes.</param>
internal sealed class ImportDirectory(ImportDirectory? parent, byte[] source, byte[] path, HostStatus status)
{
    private volatile int _state;

    /// <summary>Entries that were asked for and not answered; and one until all of them have been asked for.</summary>
    private int _awaited = 1;

    /// <summary>Where it is made; null for the topmost one.</summary>
    public ImportDirectory? Parent { get; } = parent;

    /// <summary>Where it is on this machine.</summary>
    public byte[] Source { get; } = source;

    /// <summary>Where it is to be in the namespace.</summary>
    public byte[] Path { get; } = path;

    /// <summary>Its attributes, set when everything in it is there.</summary>
    public HostStatus Status { get; } = status;

    /// <summary>Its inode, where the answer gave it: what is in it is asked for from there, which spares the rank the way to
    /// it.</summary>
    public Ino Ino { get; private set; }

    /// <summary>The namespace has answered.</summary>
    public bool IsAnswered => _state != 0;

    /// <summary>It is there.</summary>
    public bool IsMade => _state > 0;

    /// <summary>Something is made in it behind all else: its attributes are set behind that.</summary>
    public bool IsChangedLate { get; set; }

    /// <summary>Its attributes have been asked for.</summary>
    public bool IsSet { get; set; }

    /// <summary>An entry is asked for.</summary>
    public void Asked() => Interlocked.Increment(ref _awaited);

    /// <summary>An entry was answered for good, or the last of them has been asked for; true when nothing is awaited any
    /// more.</summary>
    public bool Answered() => Interlocked.Decrement(ref _awaited) == 0;

    /// <summary>Notes the answer: its inode, where that is known.</summary>
    public void Answer(bool isMade, Ino ino)
    {
        Ino = ino;
        _state = isMade ? 1 : -1;
    }

    /// <summary>The rank dropped the directory from its memory, and with it what its number leads to: what is in it is asked for
    /// by path from now on.</summary>
    public void ForgetNumber() => Ino = default;

    /// <summary>A request to make an entry; answered once, but for a directory, which is waited for.</summary>
    public ClientRequest Make(ulong tid, ClientOp op, byte[] name, in AttributeChanges changes, byte[]? value = null)
    {
        Ino number = Ino;
        return new ClientRequest(tid, op)
        {
            Base = number.IsNone ? Ino.Root : number,
            Path = number.IsNone ? FsPath.Join(Path, name) : name,
            Changes = changes,
            Value = value,
            OnlySafe = op != ClientOp.MakeDirectory,
        };
    }

    /// <summary>The same request by path, for one that was made by the directory's number and found nothing there.</summary>
    public ClientRequest ByPath(ClientRequest request) => request with
    {
        Tid = 0,
        Base = Ino.Root,
        Path = request.Path.IsEmpty ? Path : FsPath.Join(Path, request.Path.Span),
    };

    /// <summary>Where an entry that a request is about is on this machine.</summary>
    public byte[] SourceOf(ClientRequest request) => FsPath.Join(Source, FsPath.NameOf(request.Path.Span));

    /// <summary>Path of an entry that a request is about, in the namespace.</summary>
    public byte[] PathOf(ClientRequest request) =>
        request.Path.Span.StartsWith("/"u8) ? request.Path.ToArray() : FsPath.Join(Path, request.Path.Span);
}
