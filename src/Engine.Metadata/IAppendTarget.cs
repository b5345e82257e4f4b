using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Hands events to the log, while effects are carried out.</summary>
internal interface IAppendTarget
{
    /// <summary>Appends event <paramref name="seq"/>, whose payload is the target's from now on.</summary>
    void Append(BufferList payload, long seq);

    /// <summary>Goes on with what the log had no room for.</summary>
    void Resume();
}
