using System.IO.MemoryMappedFiles;
using Engine.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Engine.Load;

// Purpose: the file that remembers, outside the volume, which generation of each sector was submitted and which was flushed.
// Ownership: one VerifiedImage, which holds its lock around every Append; Sync may run beside Append.
// Invariants: records are written in order into a shared mapping, so that a record exists once Append has returned even if the
// process is killed in the next instant; the space ahead of the end is zero and allocated, so that neither a full disk nor a torn
// record can be taken for data. A mark in the header follows each sync and says how much of the log a reader must find. Space is
// mapped a window at a time; no record crosses a window. A log that outgrows its limit is rewritten beside itself and renamed
// over.

/// <summary>An append-only, CRC-protected record of submitted and flushed generations.</summary>
/// <remarks>After a loss of power (unlike after kill -9) records since the last sync can be gone; a sector then may hold a
/// generation that the log does not know, and is reported as damaged.</remarks>
internal sealed unsafe class SideLog : IDisposable
{
    public const long DefaultLimitBytes = 64L << 20;
    private const int WindowBytes = 1 << 20;

    private static readonly byte[] s_zeros = new byte[WindowBytes];

    private readonly string _path;
    private readonly SideLogHeader _header;
    private readonly Lock _syncLock = new();
    private long _limitBytes;
    private long _position;
    private int _markSlot;
    private SafeFileHandle _file;
    private MemoryMappedFile? _mapping;
    private MemoryMappedViewAccessor? _view;
    private byte* _window;
    private long _windowStart = -1;

    private SideLog(string path, SideLogHeader header, SafeFileHandle file, long limitBytes)
    {
        _path = path;
        _header = header;
        _file = file;
        _limitBytes = limitBytes;
        _position = SideLogHeader.Size;
    }

    /// <summary>Bytes in use.</summary>
    public long LengthBytes => _position;

    /// <summary>Starts a new log at <paramref name="path"/> that says what <paramref name="content"/> says (nothing when null),
    /// as the state before this session; a file that is there is replaced.</summary>
    public static SideLog Create(string path, PatternIdentity identity, long volumeBytes, SideLogContent? content,
        long limitBytes = DefaultLimitBytes)
    {
        var header = new SideLogHeader(identity, volumeBytes);
        SafeFileHandle file = WriteBeside(path, header, content?.Compact(sessionGoesOn: false) ?? [], out long position);
        var log = new SideLog(path, header, file, limitBytes) { _position = position };
        log._limitBytes = Math.Max(limitBytes, position * 4);
        return log;
    }

    /// <summary>Adds a record; when this returns, a kill of the process cannot take it away.</summary>
    public void Append(in SideLogRecord record)
    {
        if (_position >= _limitBytes && record.Kind == SideLogKind.Submitted)
            Rewrite();
        if (_position - _windowStart >= WindowBytes || _windowStart < 0)
            MapWindow();
        record.Encode(new Span<byte>(_window + (_position - _windowStart), SideLogRecord.Size));
        Volatile.Write(ref _position, _position + SideLogRecord.Size);
    }

    /// <summary>Makes every record whose <see cref="Append"/> has returned durable.</summary>
    public void Sync()
    {
        lock (_syncLock)
        {
            long synced = Volatile.Read(ref _position);
            RandomAccess.FlushToDisk(_file);
            Mark(_file, synced, _markSlot ^= 1);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Unmap();
        if (_file.IsClosed)
            return;
        RandomAccess.SetLength(_file, _position);
        Sync();
        RandomAccess.FlushToDisk(_file);
        _file.Dispose();
    }

    private static SafeFileHandle WriteBeside(string path, SideLogHeader header, IEnumerable<SideLogRecord> records,
        out long position)
    {
        string beside = path + ".new";
        SafeFileHandle file = File.OpenHandle(beside, FileMode.Create, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
        try
        {
            byte[] buffer = new byte[SideLogHeader.Size + (1024 * SideLogRecord.Size)];
            header.Encode(buffer);
            int used = SideLogHeader.Size;
            position = 0;
            foreach (SideLogRecord record in records)
            {
                if (used + SideLogRecord.Size > buffer.Length)
                {
                    RandomAccess.Write(file, buffer.AsSpan(0, used), position);
                    position += used;
                    used = 0;
                }

                record.Encode(buffer.AsSpan(used));
                used += SideLogRecord.Size;
            }

            RandomAccess.Write(file, buffer.AsSpan(0, used), position);
            position += used;
            RandomAccess.FlushToDisk(file);
            Mark(file, position, 0);
            RandomAccess.FlushToDisk(file);
            File.Move(beside, path, overwrite: true);
            RandomAccess.FlushToDisk(file);
            return file;
        }
        catch
        {
            file.Dispose();
            File.Delete(beside);
            throw;
        }
    }

    // Follows the sync that it tells of, so that a mark never promises what a loss of power can still take.
    private static void Mark(SafeFileHandle file, long syncedBytes, int slot)
    {
        Span<byte> mark = stackalloc byte[SideLogMark.Size];
        new SideLogMark(syncedBytes).Encode(mark);
        RandomAccess.Write(file, mark, SideLogHeader.MarksAt + (slot * SideLogMark.Size));
    }

    private void Rewrite()
    {
        Unmap();
        SideLogContent content = SideLogContent.Load(_path);
        Invariant.That(content.ValidBytes == _position);
        SafeFileHandle file = WriteBeside(_path, _header, content.Compact(sessionGoesOn: true), out long position);
        lock (_syncLock)
        {
            _file.Dispose();
            _file = file;
            _markSlot = 0;
            _position = position;
        }

        _limitBytes = Math.Max(_limitBytes, position * 4);
    }

    private void MapWindow()
    {
        Unmap();
        long start = _position / WindowBytes * WindowBytes;
        long end = start + WindowBytes;
        long present = RandomAccess.GetLength(_file);
        if (present < end)
            RandomAccess.Write(_file, s_zeros.AsSpan(0, (int)(end - Math.Max(present, start))), Math.Max(present, start));
        _mapping = MemoryMappedFile.CreateFromFile(
            _file, null, 0, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        _view = _mapping.CreateViewAccessor(start, WindowBytes, MemoryMappedFileAccess.ReadWrite);
        byte* pointer = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        _window = pointer + _view.PointerOffset;
        _windowStart = start;
    }

    private void Unmap()
    {
        if (_view is null)
            return;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _mapping!.Dispose();
        _view = null;
        _mapping = null;
        _window = null;
        _windowStart = -1;
    }
}
