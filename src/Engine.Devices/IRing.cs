using Engine.Native;

namespace Engine.Devices;

/// <summary>A kernel ring as <see cref="RingDevice"/> uses it; tests stand in a ring that breaks. All but <see cref="Wake"/>
/// belong to the thread that made it.</summary>
internal unsafe interface IRing : IDisposable
{
    /// <summary>The engine and what the kernel granted, for <see cref="IBlockDevice.Engine"/>.</summary>
    string Description { get; }

    /// <summary>The regions that the ring has registered.</summary>
    RegisteredRegions Regions { get; }

    /// <summary>Submits a prefix of the requests (<paramref name="accepted"/>), waits for a completion or a wake-up when asked
    /// to, and returns the number of completions written, or a negative errno when the ring itself is broken. With a capacity of
    /// 0 it only submits.</summary>
    int Step(EioRequest* requests, int count, out int accepted, bool wait, EioCompletion* completions, int capacity);

    /// <summary>Ends the present or the next waiting <see cref="Step"/>; any thread.</summary>
    void Wake();
}
