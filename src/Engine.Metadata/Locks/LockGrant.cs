namespace Engine.Metadata;

/// <summary>To whom a state of a lock lets an operation in.</summary>
internal enum LockGrant
{
    /// <summary>Nobody.</summary>
    None,

    /// <summary>Authority and replicas.</summary>
    Any,

    /// <summary>The authority.</summary>
    Authority,

    /// <summary>At the authority, operations of the loner.</summary>
    Loner,

    /// <summary>At the authority, operations of the client for which the holder works.</summary>
    Holder,
}
