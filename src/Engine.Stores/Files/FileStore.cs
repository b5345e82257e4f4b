// A file for each object of a directory.
//
//   DIR/engine-store     who the store is and which incarnation may change it; its lock guards every change of a name
//   DIR/objects/NAME     the objects; names escaped (FileName)
//   DIR/aside/NUMBER     what is being written; emptied when the store is opened
//   DIR/writers/NAME     where several share the store: a head of the same kind for each of them
//
// A write makes the whole object: a new file aside, its content synced, then, under the lock and only while the head names this
// incarnation, renamed over the old one. The directory is synced before the write completes; writes that wait for that share
// a sync. So an object is always one that was written whole, a completed write is durable, and once another incarnation has
// opened the store no change of an older one takes effect: the new one took the lock to write the head.
// Ownership: buffers stay the caller's, marked in flight while a thread of the store reads or fills them.
// Threads: a few helpers take operations from one queue, in any order of completion.
using System.Globalization;
using System.Security.Cryptography;
using Engine.Buffers;
using Engine.Devices;
using Engine.Objects;

namespace Engine.Stores;

/// <summary>
/// An object backend with one file per object: for directory fragments and other small objects that are replaced whole. Writes
/// must set <see cref="ObjectWrite.Replaces"/>; other changes of a part end with EOPNOTSUPP. Durable on completion.
/// </summary>
public sealed partial class FileStore : IObjectBackend, IDisposable
{
    private const int ThreadsMax = 64;
    private const int SegmentsMax = 16384;

    private static readonly IoError s_tooBig = new(27);
    private static readonly IoError s_nameTooLong = new(36);

    private readonly FileStoreHead _head;
    private readonly FileStoreOptions _options;
    private readonly string _objects;
    private readonly string _aside;
    private readonly FileCalls _calls;
    private readonly DirectorySync _sync;

    private FileStore(FileStoreHead head, FileStoreOptions options, FileCalls calls)
    {
        _calls = calls;
        _head = head;
        _options = options;
        _objects = head.ObjectsFolder;
        _aside = head.AsideFolder;
        _sync = new DirectorySync(_objects, calls);
        Capabilities = new BackendCapabilities
        {
            TransferBytesMax = options.ObjectBytesMax,
            SegmentsMax = SegmentsMax,
            OperationsMax = options.OperationsMax,
            CommitIsDurable = true,
            HasReplace = true,
            HasPartialWrites = false,
        };
        _threads = new Thread[options.Threads];
        for (int index = 0; index < _threads.Length; index++)
        {
            _threads[index] = new Thread(Run) { IsBackground = true, Name = "engine-files" };
            _threads[index].Start();
        }
    }

    /// <inheritdoc/>
    public BackendCapabilities Capabilities { get; }

    /// <summary>Identity of the store.</summary>
    public Guid Uuid => _head.Uuid;

    /// <summary>The life of the writer that the store was opened for.</summary>
    public ulong Incarnation => _head.Incarnation;

    /// <summary>Makes an empty store in a directory that does not exist or is empty.</summary>
    /// <exception cref="StoreException">The directory holds something, or cannot be written.</exception>
    public static Guid Format(string directory, Guid? uuid = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        return FileStoreHead.Format(directory, uuid ?? new Guid(RandomNumberGenerator.GetBytes(16)));
    }

    /// <summary>Are there objects in a directory whose head, which says whose they are, is gone or tells nothing? For who looks
    /// after a store that is not open.</summary>
    public static bool HasLostHead(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        return FileStoreHead.IsLost(directory);
    }

    /// <summary>Gives such objects a head again. Nobody may have the store open.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="uuid">Identity of the store.</param>
    /// <param name="incarnation">The newest life that opened it, or a later one.</param>
    /// <exception cref="StoreException">The directory cannot be written.</exception>
    public static void MakeHead(string directory, Guid uuid, ulong incarnation)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        FileStoreHead.Replace(directory, uuid, incarnation);
    }

    /// <summary>Opens the store for a new incarnation, and so takes it over from any older one.</summary>
    /// <exception cref="StoreException">There is no store, or a newer or damaged one, the directory cannot be written, or a newer
    /// incarnation has it.</exception>
    public static FileStore Open(string directory, FileStoreOptions? options = null) =>
        Open(directory, options, new FileCalls());

    /// <summary>As above, with the calls that change objects given.</summary>
    internal static FileStore Open(string directory, FileStoreOptions? options, FileCalls calls)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        options ??= new FileStoreOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Threads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Threads, ThreadsMax);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.OperationsMax);
        FileStoreHead head = FileStoreHead.Open(directory, options);
        try
        {
            return new FileStore(head, options, calls);
        }
        catch
        {
            head.Dispose();
            throw;
        }
    }

    /// <summary>The file of an object whose name stands for itself, for who looks after a store that is not open.</summary>
    public static string PathOf(string directory, string name) =>
        Path.Combine(directory, FileStoreHead.ObjectsName, FileName.Of(new ObjectKey(0, "", "", name)) ?? name);

    /// <inheritdoc/>
    public void Read(in ObjectRead operation, BufferList destination, in Submission submission)
    {
        Invariant.That(destination.Length == operation.Length);
        IoError error = operation.Offset < 0 ? IoError.Invalid : IoError.None;
        var work = new Work(WorkKind.Read, operation.Target.Key, submission) { Offset = operation.Offset, Buffers = destination };
        Start(error, work);
    }

    /// <summary>Replaces the whole object, which is durable then; anything else ends with EOPNOTSUPP.</summary>
    public void Write(in ObjectWrite operation, BufferList source, in Submission submission)
    {
        Invariant.That(source.Length == operation.Length);
        IoError error = operation.Offset < 0 ? IoError.Invalid
            : !operation.Replaces || operation.Snapshots is { Snapshots.Count: > 0 } ? IoError.NotSupported
            : operation.Offset != 0 ? IoError.Invalid
            : operation.Length > _options.ObjectBytesMax ? s_tooBig
            : CanChange;
        Start(error, new Work(WorkKind.Write, operation.Target.Key, submission) { Buffers = source });
    }

    /// <summary>What has completed is durable; what a change did that failed is so after this.</summary>
    public void Flush(in Submission submission) => Start(IoError.None, new Work(WorkKind.Flush, null, submission));

    /// <summary>EOPNOTSUPP.</summary>
    public void Discard(in ObjectRange range, in Submission submission) => RefusePart(submission);

    /// <summary>EOPNOTSUPP.</summary>
    public void WriteZeroes(in ObjectRange range, in Submission submission) => RefusePart(submission);

    /// <summary>EOPNOTSUPP.</summary>
    public void Truncate(in ObjectTarget target, long size, in Submission submission) => RefusePart(submission);

    /// <inheritdoc/>
    public void Remove(in ObjectTarget target, in Submission submission) =>
        Start(CanChange, new Work(WorkKind.Remove, target.Key, submission));

    /// <inheritdoc/>
    public void Stat(in ObjectTarget target, in Submission submission) =>
        Start(IoError.None, new Work(WorkKind.Stat, target.Key, submission));

    /// <inheritdoc/>
    public void List(string prefix, ICollection<string> names, in Submission submission)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        ArgumentNullException.ThrowIfNull(names);
        Start(IoError.None, new Work(WorkKind.List, null, submission) { Prefix = prefix, Names = names });
    }

    /// <summary>Never: there are no clones.</summary>
    public bool MayCopyOnWrite(in ObjectRange range) => false;

    /// <inheritdoc/>
    public void OverwriteExtent(in ObjectRange range, ulong oldJournalId, ulong newJournalId)
    {
        // No journal refers to this store, so there is nothing to note.
    }

    /// <summary>Completes what was submitted, then refuses everything with ESHUTDOWN. Not from a completion of the
    /// store.</summary>
    public void Dispose()
    {
        if (Stop())
            _head.Dispose();
    }

    private IoError CanChange => _options.IsReadOnly ? IoError.ReadOnly : IoError.None;

    private void RefusePart(in Submission submission) =>
        submission.Complete(IoResult.Fail(Shutdown.Failed ? Shutdown : IoError.NotSupported));

    private string PathOf(string name) => string.Create(CultureInfo.InvariantCulture, $"{_objects}/{name}");
}
