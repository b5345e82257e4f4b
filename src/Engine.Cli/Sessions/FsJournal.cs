// Where a store's journal is. DIR/journal is a directory (FileLog), or a small text file that names a block device or a file
// elsewhere and the log on it (DeviceLog):
//
//     engine journal 1
//     path /dev/disk/by-id/...
//
// Ownership: the log and, under it, the device and the lock of the file that names it; all are closed here, the log first.
// Invariants: the log has the identity of the store's objects and has seen their newest incarnation, or it is refused before
// anything is written: two stores cannot come to share one, a device that changed its name is found out, and so is an old copy.
// The file comes into being last: a store without it is none. Who writes is alone: it has the lock of the directory's head, or of
// the file that names the device and of that device or file itself, which a copy of the store names too; those who only look
// share these locks.
using System.Text;
using Engine.Devices;
using Engine.Stores;

namespace Engine.Cli.Sessions;

/// <summary>The journal of a namespace's store, opened.</summary>
internal sealed partial class FsJournal : IDisposable
{
    private const string Name = "journal";
    private const string Aside = "journal.aside";
    private const string Beside = "journal.new";
    private const string Header = "engine journal 1";
    private const string PathKey = "path ";
    private const int TextBytesMax = 16 << 10;
    private const int FileUnit = 4096;
    private const int SegmentCount = 256;
    private const int SegmentBytesMax = 8 << 20;
    private const int SegmentBytesMin = 1 << 20;

    // A small device is cut into at least so many, since space is given back by whole segments.
    private const int SegmentsMin = 16;

    private readonly IDisposable? _held;

    private FsJournal(SegmentLog log, IDisposable? held)
    {
        Log = log;
        _held = held;
    }

    /// <summary>The log.</summary>
    public SegmentLog Log { get; }

    /// <summary>Length of the least file that one fits into.</summary>
    public static long FileBytesMin => DeviceLog.SmallestBytes(SegmentBytesMin);

    /// <summary>Is there one, wherever it is?</summary>
    public static bool Exists(string directory) => Path.Exists(In(directory));

    /// <summary>Makes an empty one for a new store.</summary>
    /// <param name="directory">The store.</param>
    /// <param name="place">Where it goes; null for the store's directory.</param>
    /// <param name="uuid">The store's identity.</param>
    /// <exception cref="CliException">The place is impossible.</exception>
    /// <exception cref="StoreException">The device holds something else, is too small, or fails.</exception>
    /// <exception cref="DeviceException">The device is missing, in use, or cannot be written.</exception>
    public static void Format(string directory, FsJournalPlace? place, Guid uuid)
    {
        if (place is null)
        {
            FileLog.Format(In(directory), new LogFormatOptions { SegmentCount = SegmentCount, Uuid = uuid });
            return;
        }

        string path = Path.GetFullPath(place.Path);
        bool isNew = !Path.Exists(path);
        Check(directory, path, place, isNew);
        if (isNew)
            BlockDevice.CreateFile(path, place.SizeBytes, allocate: true);
        try
        {
            using (IBlockDevice device = BlockDevice.Open(path))
            {
                DeviceLog.Format(device, new LogFormatOptions
                {
                    DeviceName = path,
                    SegmentBytes = SegmentBytesOf(device),
                    Uuid = uuid,
                    Force = place.Force,
                    RefuseData = !device.Geometry.IsBlockDevice,
                });
            }

            WriteText(directory, $"{Header}\n{PathKey}{path}\n");
        }
        catch when (isNew)
        {
            File.Delete(path);
            throw;
        }
    }

    private static int SegmentBytesOf(IBlockDevice device)
    {
        long share = device.Geometry.Capacity / SegmentsMin / SegmentBytesMin * SegmentBytesMin;
        return (int)Math.Clamp(share, SegmentBytesMin, SegmentBytesMax);
    }

    /// <summary>Makes an empty one in the directory of a store that has lost its own. It counts on where the store is.</summary>
    /// <exception cref="StoreException">The directory cannot be written.</exception>
    public static void MakeAnew(string directory, LogIdentity identity)
    {
        RemoveBeside(directory);
        Format(directory, null, identity.Uuid);
        FileLog.Open(In(directory), new LogOptions { Incarnation = identity.Incarnation + 1 }).Dispose();
    }

    /// <summary>Opens it for a new incarnation.</summary>
    /// <param name="directory">The store.</param>
    /// <param name="identity">What it has to be.</param>
    /// <param name="cutsAtDamage">Lets go of what stands behind damage, where it is else refused.</param>
    /// <exception cref="CliException">The store's note of where it is cannot be read, or it is not there.</exception>
    /// <exception cref="StoreException">It is in use, damaged, another store's, or cannot be written.</exception>
    /// <exception cref="DeviceException">The device is missing, in use, or cannot be written.</exception>
    public static FsJournal Open(string directory, LogIdentity identity, bool cutsAtDamage = false)
    {
        var options = new LogOptions { Identity = identity, CutsAtDamage = cutsAtDamage };
        if (Directory.Exists(In(directory)))
            return Here(directory, identity, () => new FsJournal(FileLog.Open(In(directory), options), null));
        string path = ReadText(directory);
        return Here(directory, identity, () => OpenThere(directory, path, options));
    }

    private static FsJournal OpenThere(string directory, string path, LogOptions options)
    {
        HeldDevice held = HeldDevice.Open(In(directory), () => OpenDevice(directory, path, isReadOnly: false), alone: true);
        try
        {
            return new FsJournal(DeviceLog.Open(held.Device, options with { DeviceName = path }), held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Opens it to be looked at, beside others who do so, which writes nothing; what is wrong with it is in the view's
    /// check.</summary>
    /// <param name="directory">The store.</param>
    /// <param name="identity">What it has to be; null takes any.</param>
    /// <exception cref="CliException">The store's note of where it is cannot be read, or it is not there.</exception>
    /// <exception cref="StoreException">Somebody writes it, or there is none.</exception>
    /// <exception cref="DeviceException">The device is missing, or somebody writes it.</exception>
    public static LogView View(string directory, LogIdentity? identity)
    {
        if (Directory.Exists(In(directory)))
            return LogView.Open(In(directory), identity);
        string path = ReadText(directory);
        HeldDevice held = HeldDevice.Open(In(directory), () => OpenDevice(directory, path, isReadOnly: true), alone: false);
        return LogView.Open(held.Device, path, identity, held);
    }

    /// <summary>The same for who serves from it.</summary>
    /// <exception cref="StoreException">It is damaged or another store's, too.</exception>
    public static LogView ViewWhole(string directory, LogIdentity identity)
    {
        LogView? view = Here(directory, identity, () => View(directory, identity));
        if (view.Check.Problem == StoreProblem.None)
            return view;
        using (view)
        {
            string what = IsHeadless(directory, identity) ? HeadlessText(directory, view.Check.Message)
                : view.Check.Message;
            throw new StoreException(view.Check.Problem, Buffers.IoError.Damaged, "open: " + what);
        }
    }

    /// <summary>The same, where one that cannot be looked at is no reason to stop.</summary>
    /// <param name="directory">The store.</param>
    /// <param name="identity">What it has to be; null takes any.</param>
    /// <param name="finding">What is to be said of it.</param>
    /// <returns>Null where there is nothing to look at.</returns>
    public static LogView? TryView(string directory, LogIdentity? identity, out string finding)
    {
        finding = "it is missing";
        try
        {
            LogView? view = Exists(directory) ? View(directory, identity) : null;
            finding = view?.Check.Message ?? finding;
            return view;
        }
        catch (IOException unusable) when (!IsBusy(unusable) && !IsDenied(unusable))
        {
            finding = unusable.Message;
        }
        catch (CliException unusable)
        {
            finding = unusable.Message;
        }

        return null;
    }

    /// <summary>Removes what a format left in the store's directory.</summary>
    public static void Remove(string directory)
    {
        if (!Directory.Exists(directory))
            return;
        if (Directory.Exists(In(directory)))
            Directory.Delete(In(directory), recursive: true);
        File.Delete(In(directory));
        File.Delete(Path.Combine(directory, Aside));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Log.Dispose();
        _held?.Dispose();
    }

    private static bool IsDenied(IOException refusal) =>
        refusal is DeviceException device && device.Errno == Buffers.IoError.Access.Errno;

    /// <summary>Has another command what was to be opened?</summary>
    public static bool IsBusy(Exception refusal) =>
        refusal is StoreException { Problem: StoreProblem.Busy }
        || (refusal is DeviceException device && device.Errno == Buffers.IoError.Busy.Errno);

    private static void Sync(string directory)
    {
        Buffers.IoError error = StorageNames.Sync(directory);
        if (error.Failed)
            throw new StoreException(StoreProblem.DeviceFailed, error, $"check: {directory} cannot be written: {error}");
    }

    private static string In(string directory) => Path.Combine(directory, Name);

    private static void Check(string directory, string path, FsJournalPlace place, bool isNew)
    {
        string inside = Path.GetFullPath(directory).TrimEnd('/') + "/";
        if (path.StartsWith(inside, StringComparison.Ordinal) || path.Any(char.IsControl))
            throw new CliException(ExitCode.Usage, $"--journal {place.Path}: name a device or file outside {directory}");
        if (isNew && place.SizeBytes == 0)
            throw new CliException(
                ExitCode.Environment, $"{path} does not exist; check the path, or give --journal-size to make a file");
        if (!isNew && place.SizeBytes > 0)
            throw new CliException(
                ExitCode.Usage, $"--journal-size: {path} exists; the option is for a file that is to be made");
        if (place.SizeBytes % FileUnit != 0)
            throw new CliException(
                ExitCode.Usage, $"--journal-size {place.SizeBytes}: must be a multiple of {FileUnit} bytes");
        if (isNew && place.SizeBytes < FileBytesMin)
            throw new CliException(ExitCode.Usage, $"--journal-size {place.SizeBytes}: allowed: at least {FileBytesMin} bytes");
    }

    private static IBlockDevice OpenDevice(string directory, string path, bool isReadOnly)
    {
        if (!Path.Exists(path))
            throw new CliException(
                ExitCode.Environment,
                $"{directory}: its journal {path} does not exist; attach it again, or write its new path into {In(directory)}; "
                    + GoneForGood(directory));
        try
        {
            return BlockDevice.Open(
                path, new BlockDeviceOptions { ReadOnly = isReadOnly, Exclusive = !isReadOnly, Shared = isReadOnly });
        }
        catch (DeviceException refusal) when (refusal.Errno == Buffers.IoError.Invalid.Errno)
        {
            throw new CliException(
                ExitCode.Environment, $"{directory}: its journal {path} is empty, or no device or file; restore it, or "
                    + $"attach it again and write its new path into {In(directory)}; {GoneForGood(directory)}");
        }
    }

    private static string GoneForGood(string directory) =>
        $"where it is gone for good, remove that note: engine fs check {directory} --cut begins a new one";

    private static void WriteText(string directory, string text)
    {
        string aside = Path.Combine(directory, Aside);
        using (FileStream file = File.Create(aside))
        {
            file.Write(Encoding.UTF8.GetBytes(text));
            file.Flush(flushToDisk: true);
        }

        File.Move(aside, In(directory));
        Buffers.IoError error = StorageNames.Sync(directory);
        if (error.Failed)
            throw new StoreException(StoreProblem.DeviceFailed, error, $"init: {directory} cannot be written: {error}");
    }

    private static string ReadText(string directory)
    {
        string file = In(directory);
        string[] lines = ReadShort(file).Split('\n');
        bool isWhole = lines.Length == 3 && lines[0] == Header && lines[2].Length == 0
            && lines[1].StartsWith(PathKey + "/", StringComparison.Ordinal);
        if (isWhole)
            return lines[1][PathKey.Length..];
        throw new CliException(
            ExitCode.Environment,
            $"{file} is damaged: it should say '{Header}' and '{PathKey}/...' on two lines; nothing else is: write it again; "
                + GoneForGood(directory));
    }

    /// <summary>The text of a file; empty where it is long. The runtime's own ways to open one take a lock, and would be in
    /// the way of who uses the journal.</summary>
    private static string ReadShort(string path)
    {
        byte[] bytes = new byte[TextBytesMax + 1];
        Buffers.IoError error = StorageFile.Open(path, write: false, out StorageFile? file);
        Buffers.IoResult read = Buffers.IoResult.Fail(error);
        if (error.IsNone)
        {
            using (file)
                read = file!.Read(0, bytes);
        }

        if (read.Failed)
            throw new CliException(ExitCode.Environment, $"{path} cannot be read: {read.Error.Name}");
        return read.Bytes > TextBytesMax ? string.Empty : Encoding.UTF8.GetString(bytes, 0, (int)read.Bytes);
    }
}
