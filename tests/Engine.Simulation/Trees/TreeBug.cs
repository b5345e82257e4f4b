namespace Engine.Simulation;

/// <summary>What is planted into the tree scenario, to prove that it finds such things.</summary>
public enum TreeBug
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A client sends a request again under another number: it is carried out twice.</summary>
    SendsAnew,

    /// <summary>An answer counts before it is durable: what a crash takes back is missed.</summary>
    TrustsUnsafe,
}
