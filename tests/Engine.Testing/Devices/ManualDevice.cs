using Engine.Buffers;
using Engine.Devices;

namespace Engine.Testing.Devices;

/// <summary>A device wrapper that holds every submitted request until the test lets a chosen one go: any order, one at a time.
/// <see cref="Execute"/> passes.</summary>
public sealed class ManualDevice : IBlockDevice
{
    private readonly object _gate = new();
    private readonly IBlockDevice _inner;
    private readonly List<DeviceRequest> _held = [];

    /// <summary>Wraps <paramref name="inner"/>, disposed in the end.</summary>
    public ManualDevice(IBlockDevice inner) => _inner = inner;

    /// <inheritdoc/>
    public DeviceGeometry Geometry => _inner.Geometry;

    /// <inheritdoc/>
    public string Engine => _inner.Engine + " by hand";

    /// <summary>Requests held at present, oldest first.</summary>
    public IReadOnlyList<DeviceRequest> Held
    {
        get
        {
            lock (_gate)
                return [.. _held];
        }
    }

    /// <inheritdoc/>
    public void Submit(ReadOnlySpan<DeviceRequest> requests)
    {
        lock (_gate)
            _held.AddRange(requests);
    }

    /// <inheritdoc/>
    public IoResult Execute(in DeviceRequest request) => _inner.Execute(request);

    /// <summary>Lets the request at <paramref name="index"/> of <see cref="Held"/> go to the device underneath.</summary>
    public void Release(int index = 0)
    {
        DeviceRequest request;
        lock (_gate)
        {
            request = _held[index];
            _held.RemoveAt(index);
        }

        _inner.Submit([request]);
    }

    /// <summary>Ends the request at <paramref name="index"/> with an error; it does not reach the device. The completion runs
    /// here, on the test's thread.</summary>
    public void Fail(int index, IoError error)
    {
        DeviceRequest request;
        lock (_gate)
        {
            request = _held[index];
            _held.RemoveAt(index);
        }

        request.Sink!.Complete(request.Token, IoResult.Fail(error));
    }

    /// <summary>Lets all held requests go, oldest first.</summary>
    public void ReleaseAll()
    {
        DeviceRequest[] released;
        lock (_gate)
        {
            released = [.. _held];
            _held.Clear();
        }

        _inner.Submit(released);
    }

    /// <summary>Lets all go and disposes the device underneath.</summary>
    public void Dispose()
    {
        ReleaseAll();
        _inner.Dispose();
    }
}
