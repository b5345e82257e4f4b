namespace Engine.Cache;

/// <summary>What a stopping cache does with dirty data.</summary>
public enum StopMode
{
    /// <summary>Flush everything once; the error of that flush is reported.</summary>
    Flush,

    /// <summary>Drop everything.</summary>
    Abandon,
}
