namespace Engine.Cluster;

/// <summary>What is done about having a connection with a peer.</summary>
public enum RedialState
{
    /// <summary>None is wanted.</summary>
    Idle,

    /// <summary>The peer is being called.</summary>
    Dialling,

    /// <summary>There is one.</summary>
    Up,

    /// <summary>It is to be called again, later.</summary>
    Waiting,

    /// <summary>Calling again cannot help: this end or the peer has been replaced, or they do not belong together.</summary>
    Hopeless,
}
