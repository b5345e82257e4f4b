using System.Runtime.ExceptionServices;
using Engine.Buffers;
using Engine.Native;

namespace Engine.Devices;

// Purpose: a device over one kernel ring, io_uring or libaio (RingDevice.Owner.cs has the owner thread's side).
// Ownership: the owner thread makes, feeds, reaps and destroys the ring. Other threads reach it only through _inbox and Wake.
// What the kernel cannot do asynchronously goes to _helpers, past the ring.
//
// No wake-up is lost. A submitter publishes its requests, then a full fence, then looks at _sleeping. The owner sets _sleeping,
// then a full fence, then looks at the inbox once more, and only then waits in the kernel. Of two such pairs at least one sees
// the other: either the owner finds the requests and does not wait, or the submitter finds the owner asleep and wakes the ring.
// A wake-up that comes before the wait ends the next wait (the ring keeps it), so it does not matter when between flag and wait
// it arrives. The exchange back to 0 lets one of many submitters pay for the system call. The owner does not set the flag while
// the ring is full: it could take nothing, and a completion is due.
internal sealed partial class RingDevice : IBlockDevice
{
    [ThreadStatic]
    private static RingDevice? s_current;

    private readonly DeviceFile _file;
    private readonly Func<IRing> _createRing;
    private readonly bool _flushOnHelper;
    private readonly RequestInbox _inbox;
    private readonly DeviceHelpers _helpers;
    private readonly DeviceFault _fault = new();
    private readonly RequestRules _rules;
    private readonly Thread _owner;
    private readonly ManualResetEventSlim _started = new();
    private readonly object _wakeGate = new();
    private readonly AutoResetEvent _brokenWake = new(false);
    private readonly string _note;
    private int _sleeping;
    private int _disposed;

    /// <summary>Takes over <paramref name="file"/> once the ring stands; <paramref name="createRing"/> runs on the owner thread
    /// and throws <see cref="DeviceException"/> where the kernel refuses, which comes out here and leaves the file open.
    /// <paramref name="note"/> is what <see cref="Engine"/> says after the ring's own description.</summary>
    public RingDevice(DeviceFile file, int queueDepth, bool flushOnHelper, string note, Func<IRing> createRing)
    {
        _file = file;
        _rules = file.Rules;
        _createRing = createRing;
        _flushOnHelper = flushOnHelper;
        _note = note;
        _inbox = new RequestInbox(queueDepth);
        _slots = new DeviceRequest[queueDepth];
        _freeSlots = new int[queueDepth];
        _batch = GC.AllocateArray<EioRequest>(queueDepth, pinned: true);
        _completions = GC.AllocateArray<EioCompletion>(queueDepth, pinned: true);
        _rejected = new Rejection[queueDepth];
        for (int i = 0; i < queueDepth; i++)
            _freeSlots[i] = queueDepth - 1 - i;
        _freeCount = queueDepth;
        _owner = new Thread(Run) { IsBackground = true, Name = "engine-ring " + file.Path };
        _owner.Start();
        _started.Wait();
        if (_startFailure is { } failure)
        {
            _owner.Join();
            ExceptionDispatchInfo.Throw(failure);
        }

        _helpers = new DeviceHelpers("engine-ring-helper " + file.Path, 1, queueDepth, file, _fault);
    }

    public DeviceGeometry Geometry => _file.Geometry;

    public string Engine => _description + _note + _fault.Suffix;

    /// <summary>Wake-up system calls made so far.</summary>
    internal long WakeCount => Volatile.Read(ref _wakeCount);

    private bool IsOwner => s_current == this;

    public void Submit(ReadOnlySpan<DeviceRequest> requests)
    {
        bool owner = IsOwner;
        int start = 0;
        for (int i = 0; i < requests.Length; i++)
        {
            Invariant.That(requests[i].Sink is not null);
            if (!RunsOnHelper(requests[i].Operation))
                continue;
            Enqueue(requests[start..i], owner);
            _helpers.Submit(requests.Slice(i, 1), mayBlock: !owner);
            start = i + 1;
        }

        Enqueue(requests[start..], owner);
    }

    public IoResult Execute(in DeviceRequest request) => _file.Execute(request);

    public void Dispose()
    {
        Invariant.That(!IsOwner && !_helpers.IsCurrent, "a device is not disposed from its own completions");
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        _inbox.Close();
        WakeIfSleeping();
        _owner.Join();
        _helpers.Stop();
        _file.Dispose();
        _started.Dispose();
        _fault.ThrowIfBug();
    }

    private bool RunsOnHelper(DeviceOperation operation) =>
        operation is DeviceOperation.Discard or DeviceOperation.WriteZeroes
        || (operation == DeviceOperation.Flush && _flushOnHelper);

    private void Enqueue(ReadOnlySpan<DeviceRequest> requests, bool owner)
    {
        if (owner)
        {
            EnqueueLocal(requests);
            return;
        }

        while (!requests.IsEmpty)
        {
            int taken = _inbox.TryPut(requests);
            if (taken < 0)
            {
                RefusedBatch.Send(requests, IoError.Shutdown);
                return;
            }

            requests = requests[taken..];
            if (taken == 0)
                _inbox.WaitForRoom();
            else
                WakeIfSleeping();
        }
    }

    private void WakeIfSleeping()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _sleeping) == 0 || Interlocked.Exchange(ref _sleeping, 0) == 0)
            return;
        lock (_wakeGate)
        {
            Interlocked.Increment(ref _wakeCount);
            if (_ring is { } ring)
                ring.Wake();
            else
                _brokenWake.Set();
        }
    }
}
