// Bytes of a log by position, through a window on a segment that moves forward.
//
// Reading ahead: while the caller works through the window, the device fills the next one, in a second memory; what of the old
// window the caller has not had yet (a record that goes on in the next) is copied in front of it. A replay takes as long as its
// events do, not as long as the device and they together. Anything but a plain success is read again, synchronously.
// Ownership: the windows' memory. One thread, but for the device's completion, which touches only what _gate guards; a request
// under way is waited for before its memory or device is used for anything else.
using Engine.Buffers;
using Engine.Devices;

namespace Engine.Stores;

/// <summary>Reads a log's bytes by position through a window that reads ahead. One thread.</summary>
internal sealed class LogReader : IDeviceSink, IDisposable
{
    private const int AheadBytes = 256 << 10;

    /// <summary>Room in front of a window for what is left of the one before; a longer rest is read again.</summary>
    private const int RestBytesMax = 64 << 10;

    private readonly object _gate = new();
    private readonly LogSpace _space;
    private readonly int _segmentBytes;
    private readonly int _unit;

    /// <summary>Nothing is read ahead from here on.</summary>
    private long _aheadEnd;

    /// <summary>Before here something could not be read: no more is asked for at once than is needed, so that what is whole
    /// beside it can be had.</summary>
    private long _narrowEnd;
    private Window _window = new();
    private Window _next = new();
    private IoResult _result;
    private bool _isUnderWay;

    public LogReader(LogSpace space, LogSuperblock superblock)
    {
        _space = space;
        _segmentBytes = superblock.SegmentBytes;
        _unit = superblock.Unit;
        _window.Allocate(space.Header, Math.Min(_segmentBytes, AheadBytes));
    }

    /// <summary>What cannot be read at once is read in as small parts as are wanted, for who rescues what can be had.</summary>
    public bool ReadsAround { get; set; }

    /// <summary>Forgets what was read: it may have been written since. Reads ahead up to <paramref name="aheadEnd"/>, before
    /// which nobody writes.</summary>
    public void Reset(long aheadEnd)
    {
        _aheadEnd = aheadEnd;
        Forget();
    }

    private void Forget()
    {
        AwaitNext();
        _window.Clear();
        _next.Clear();
    }

    /// <summary>The bytes from <paramref name="position"/> on, all in one segment; valid until the next call. ENOENT when there
    /// is no such segment.</summary>
    public IoError Read(long position, int length, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        long segment = position / _segmentBytes;
        Invariant.That(length >= 0 && position + length <= (segment + 1) * _segmentBytes);
        if (!_window.Holds(position, length) && !TryTakeNext(position, length))
        {
            IoError error = Load(segment, position, length);
            if (error.Failed)
                return error;
        }

        bytes = _window.Slice(position, length);
        return IoError.None;
    }

    public void Dispose()
    {
        AwaitNext();
        _window.Dispose();
        _next.Dispose();
    }

    void IDeviceSink.Complete(ulong token, IoResult result)
    {
        lock (_gate)
        {
            _result = result;
            _isUnderWay = false;
            Monitor.Pulse(_gate);
        }
    }

    private void AwaitNext()
    {
        lock (_gate)
        {
            while (_isUnderWay)
                Monitor.Wait(_gate);
        }
    }

    private IoError Load(long segment, long position, int length)
    {
        Forget();
        IoError error = _space.Locate(segment, out IBlockDevice? device, out long offset);
        if (error.Failed)
            return error;
        long start = segment * _segmentBytes;
        long inSegment = position - start;
        // A segment that is too short is read by who rescues what is there of it.
        long there = Math.Min(_segmentBytes, device!.Geometry.Capacity - offset);
        if (inSegment + length > there)
            return IoError.Io;
        long from = inSegment - (inSegment % _unit);
        long needed = Math.Min((inSegment + length + _unit - 1) / _unit * _unit, there);
        long to = position < _narrowEnd ? needed : Math.Max(needed, Math.Min(from + AheadBytes, there));
        _window.Allocate(_space.Header, (int)(to - from));
        error = _window.Memory!.Read(device!, offset + from, RestBytesMax, (int)(to - from));
        if (error.Failed && to > needed && ReadsAround)
        {
            _narrowEnd = start + to;
            to = needed;
            error = _window.Memory.Read(device!, offset + from, RestBytesMax, (int)(to - from));
        }

        if (error.Failed)
            return error;
        _window.Set(start + from, start + to);
        BeginNext();
        return IoError.None;
    }

    /// <summary>Asks for the window behind the present one.</summary>
    private void BeginNext()
    {
        long inSegment = _window.To % _segmentBytes;
        if (_window.To >= _aheadEnd
            || _space.Locate(_window.To / _segmentBytes, out IBlockDevice? device, out long offset).Failed)
            return;
        int length = (int)Math.Min(AheadBytes, _segmentBytes - inSegment);
        _next.Allocate(_space.Header, length);
        _next.Set(_window.To, _window.To + length);
        _isUnderWay = true;
        DeviceRequest request = _next.Memory!.ReadRequest(offset + inSegment, RestBytesMax, length, this);
        device!.Submit(new ReadOnlySpan<DeviceRequest>(in request));
    }

    /// <summary>Makes the next window the present one, if it has come and goes on with what is wanted.</summary>
    private bool TryTakeNext(long position, int length)
    {
        AwaitNext();
        long rest = _next.From - position;
        bool goesOn = _next.From == _window.To && position >= _window.From && rest <= RestBytesMax;
        if (!goesOn || position + length > _next.To || _result.Failed || _result.Bytes < _next.To - _next.From)
            return false;
        // And what lies before: behind a record the next is looked for up to a unit further on, and then once more from there.
        long kept = Math.Min(Math.Max(rest, 0) + (2 * _unit), Math.Min(RestBytesMax, _window.To - _window.From));
        _window.Slice(_window.To - kept, (int)kept).CopyTo(_next.InFront((int)kept));
        (_window, _next) = (_next, _window);
        _next.Clear();
        BeginNext();
        return true;
    }

    /// <summary>Memory, and which bytes of the log lie in it.</summary>
    private sealed class Window : IDisposable
    {
        private int _capacity;

        /// <summary>Where the byte at <see cref="From"/> lies.</summary>
        private int _start;

        public DeviceScratch? Memory;
        public long From;
        public long To;

        public bool Holds(long position, int length) => position >= From && position + length <= To;

        public ReadOnlySpan<byte> Slice(long position, int length) =>
            Memory!.Bytes.Slice(_start + (int)(position - From), length);

        /// <summary>Makes room for so many bytes; what was there is gone.</summary>
        public void Allocate(IBlockDevice device, int bytes)
        {
            Clear();
            if (bytes <= _capacity)
                return;
            Memory?.Dispose();
            _capacity = bytes;
            Memory = new DeviceScratch(device, RestBytesMax + bytes);
        }

        public void Set(long from, long to)
        {
            (From, To) = (from, to);
            _start = RestBytesMax;
        }

        /// <summary>The window begins so many bytes earlier, which are to be filled in.</summary>
        public Span<byte> InFront(int bytes)
        {
            From -= bytes;
            _start -= bytes;
            return Memory!.Bytes.Slice(_start, bytes);
        }

        public void Clear() => (From, To) = (0, 0);

        public void Dispose() => Memory?.Dispose();
    }
}
