namespace Engine.Load;

/// <summary>Gives the lanes of a load their requests. Thread-safe.</summary>
internal interface IRequestSource
{
    /// <summary>Largest request that will be given, in bytes.</summary>
    int LengthMax { get; }

    /// <summary>A request whose range is busy may be dropped for another one.</summary>
    bool CanRedraw { get; }

    /// <summary>The next request; false when the load is done.</summary>
    bool TryNext(out LoadRequest request);

    /// <summary>Another range for a request whose range is busy.</summary>
    void Redraw(ref LoadRequest request);
}
