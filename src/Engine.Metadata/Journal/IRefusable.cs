using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Waits for an event to be durable, and may be told that this will not be so for long.</summary>
internal interface IRefusable
{
    /// <summary>The event waits for room that only comes from outside. Who says true is run, and ends or waits for something
    /// else; false where it has changed what that event, or a later one, tells.</summary>
    bool TryRefuse(IoError error);
}
