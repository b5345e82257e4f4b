using Engine.Buffers;

namespace Engine.Devices;

/// <summary>Requests that came after Dispose. Their completions must not run inside Submit and the device's own threads are
/// gone, so the thread pool delivers them.</summary>
internal sealed class RefusedBatch : IThreadPoolWorkItem
{
    private readonly DeviceRequest[] _requests;
    private readonly IoError _error;

    private RefusedBatch(DeviceRequest[] requests, IoError error)
    {
        _requests = requests;
        _error = error;
    }

    public static void Send(ReadOnlySpan<DeviceRequest> requests, IoError error)
    {
        if (!requests.IsEmpty)
            ThreadPool.UnsafeQueueUserWorkItem(new RefusedBatch(requests.ToArray(), error), preferLocal: false);
    }

    public void Execute()
    {
        foreach (ref readonly DeviceRequest request in _requests.AsSpan())
            request.Sink!.Complete(request.Token, IoResult.Fail(_error));
    }
}
